package org.bitref.kernel;

import org.bitref.recipe.Inner;

/** {@link Inner.Bf16Dp} in plain Java. */
final class ScalarPairDot extends PairDotKernel {
  private static final int ROWS = 4;
  private static final int COLUMNS = 64;

  ScalarPairDot(Inner.Bf16Dp dot) {
    super(dot);
  }

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
      int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt, int stride) {
    for (int k = 0; k < depth; k++) {
      for (int i = 0; i < ROWS; i++) {
        add(a[aAt + k * ROWS + i], w, wAt + k * COLUMNS, acc, accAt + i * stride, flushes());
      }
    }
  }

  private static void add(float a, float[] w, int wAt, float[] acc, int accAt, boolean flushes) {
    for (int j = 0; j < COLUMNS; j++) {
      float sum = Math.fma(a, w[wAt + j], acc[accAt + j]);
      acc[accAt + j] = flushes ? PairDot.flush(sum) : sum;
    }
  }
}
