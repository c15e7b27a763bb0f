package org.bitref.kernel.stage;

/** What a {@link RowSum} adds: doubles, or floats, of which one array is null. */
record Terms(double[] doubles, float[] floats) {
  static Terms of(double[] values) {
    return new Terms(values, null);
  }

  static Terms of(float[] values) {
    return new Terms(null, values);
  }

  double at(int i) {
    return floats == null ? doubles[i] : floats[i];
  }
}
