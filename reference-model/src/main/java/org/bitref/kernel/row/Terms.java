package org.bitref.kernel.row;

/**
 * What a {@link RowSum} adds: doubles, or floats, of which one array is null.
 *
 * @param end from here on all are zero, and need not be added to a sum that began with +0
 */
public record Terms(double[] doubles, float[] floats, int end) {
  public static Terms of(double[] values) {
    return new Terms(values, null, values.length);
  }

  public static Terms of(float[] values, int end) {
    return new Terms(null, values, end);
  }

  public double at(int i) {
    return floats == null ? doubles[i] : floats[i];
  }
}
