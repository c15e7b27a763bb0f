package org.bitref.kernel.stage;

/**
 * What a {@link RowSum} adds: doubles, or floats, of which one array is null.
 *
 * @param end from here on all are zero, and need not be added to a sum that began with +0
 */
record Terms(double[] doubles, float[] floats, int end) {
  static Terms of(double[] values) {
    return new Terms(values, null, values.length);
  }

  static Terms of(float[] values, int end) {
    return new Terms(null, values, end);
  }

  double at(int i) {
    return floats == null ? doubles[i] : floats[i];
  }
}
