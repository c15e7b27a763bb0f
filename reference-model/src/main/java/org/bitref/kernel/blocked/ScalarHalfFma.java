package org.bitref.kernel.blocked;

import org.bitref.numerics.Half;

/**
 * Chains of float16 fused multiply-adds: one in double, and one rounding of its result.
 *
 * <p>The double in between does no harm. If it is inexact, product and accumulator span more than
 * 53 bits. A product beyond 2^17 overflows either way; else the accumulator, a multiple of 2^-24,
 * is the large one, the product is below its 2^-30th part, and both roundings lead back to the
 * accumulator.
 */
final class ScalarHalfFma implements Microkernel {
  private static final int COLUMNS = 32;

  @Override
  public int rows() {
    return 1;
  }

  @Override
  public int columns() {
    return COLUMNS;
  }

  @Override
  public void accumulate(
      int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt) {
    for (int k = 0; k < depth; k++) {
      double x = a[aAt + k];
      for (int j = 0; j < COLUMNS; j++) {
        double sum = Math.fma(x, (double) w[wAt + k * COLUMNS + j], (double) acc[accAt + j]);
        acc[accAt + j] = Float.float16ToFloat(Half.fromDouble(sum));
      }
    }
  }
}
