package org.bitref.kernel.blocked;

/**
 * Chains of float32 fused multiply-adds in plain Java; the inner loop is one that C2 vectorises.
 */
final class ScalarFma implements Microkernel {
  private static final int ROWS = 4;
  private static final int COLUMNS = 128;

  @Override
  public int rows() {
    return ROWS;
  }

  @Override
  public int columns() {
    return COLUMNS;
  }

  @Override
  public void accumulate(
      int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt) {
    for (int i = 0; i < ROWS; i++) {
      int row = accAt + i * COLUMNS;
      int k = 0;
      for (; k + 4 <= depth; k += 4) {
        int at = aAt + k * ROWS + i;
        four(
            a[at],
            a[at + ROWS],
            a[at + 2 * ROWS],
            a[at + 3 * ROWS],
            w,
            wAt + k * COLUMNS,
            acc,
            row);
      }
      for (; k < depth; k++) {
        one(a[aAt + k * ROWS + i], w, wAt + k * COLUMNS, acc, row);
      }
    }
  }

  /** Four terms, one after another: each sum is loaded and stored once. */
  private static void four(
      float a0, float a1, float a2, float a3, float[] w, int wAt, float[] acc, int accAt) {
    for (int j = 0; j < COLUMNS; j++) {
      float sum = Math.fma(a0, w[wAt + j], acc[accAt + j]);
      sum = Math.fma(a1, w[wAt + COLUMNS + j], sum);
      sum = Math.fma(a2, w[wAt + 2 * COLUMNS + j], sum);
      acc[accAt + j] = Math.fma(a3, w[wAt + 3 * COLUMNS + j], sum);
    }
  }

  private static void one(float a0, float[] w, int wAt, float[] acc, int accAt) {
    for (int j = 0; j < COLUMNS; j++) {
      acc[accAt + j] = Math.fma(a0, w[wAt + j], acc[accAt + j]);
    }
  }
}
