package org.bitref.kernel.blocked;

import java.util.Arrays;

/** {@link FdaStep} in plain Java, lanes across columns. */
final class ScalarFda extends FdaKernel {
  private static final int COLUMNS = 64;

  ScalarFda(FdaStep step) {
    super(step);
  }

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
    int[] largest = new int[COLUMNS];
    float[] scale = new float[COLUMNS];
    int[] sum = new int[COLUMNS];
    for (int k = 0; k < depth; k += step.w()) {
      int end = Math.min(depth, k + step.w());
      powers(acc, accAt, largest);
      for (int i = k; i < end; i++) {
        raise(step.power(a[aAt + i]), w, wAt + i * COLUMNS, largest);
      }
      for (int j = 0; j < COLUMNS; j++) {
        // 2^(F-E), from the exponent field of 2^E.
        scale[j] = Float.intBitsToFloat(((step.fraction() + 254) << 23) - largest[j]);
      }
      Arrays.fill(sum, 0);
      for (int i = k; i < end; i++) {
        add(a[aAt + i], w, wAt + i * COLUMNS, scale, sum);
      }
      finish(sum, scale, largest, acc, accAt);
    }
  }

  /** The bits of 2^E before any product: floats above zero are ordered as their bits are. */
  private void powers(float[] acc, int accAt, int[] largest) {
    int least = Float.floatToRawIntBits(step.leastScale());
    int leastOfAcc = Float.floatToRawIntBits((float) Math.scalb(1.0, step.acc().format().emin()));
    for (int j = 0; j < COLUMNS; j++) {
      int power = Float.floatToRawIntBits(acc[accAt + j]) & 0x7F80_0000;
      power = acc[accAt + j] == 0 ? 0 : Math.max(power, leastOfAcc);
      largest[j] = Math.max(power, least);
    }
  }

  private void raise(float power, float[] w, int wAt, int[] largest) {
    for (int j = 0; j < COLUMNS; j++) {
      largest[j] = Math.max(largest[j], Float.floatToRawIntBits(power * step.power(w[wAt + j])));
    }
  }

  private static void add(float a, float[] w, int wAt, float[] scale, int[] sum) {
    for (int j = 0; j < COLUMNS; j++) {
      sum[j] += (int) (a * w[wAt + j] * scale[j]);
    }
  }

  private void finish(int[] sum, float[] scale, int[] largest, float[] acc, int accAt) {
    for (int j = 0; j < COLUMNS; j++) {
      long exact = (long) sum[j] + (int) (acc[accAt + j] * scale[j]);
      int exponent = (largest[j] >>> 23) - 127;
      // E = 128 stands for an accumulator that has overflowed; it must stay so.
      acc[accAt + j] =
          exponent == 128
              ? Float.NaN
              : (float)
                  (step.acc().round(Math.scalb((double) exact, exponent - step.fraction())) + 0.0);
    }
  }
}
