package org.bitref.kernel.blocked;

import java.util.Arrays;
import java.util.Optional;
import org.bitref.functions.CudaMath;
import org.bitref.functions.Sleef;
import org.bitref.numerics.Fma;
import org.bitref.numerics.Half;

/** {@link InnerLoops} in plain Java. */
final class ScalarLoops implements InnerLoops {
  @Override
  public Microkernel fma() {
    return Microkernel.plain(FloatFma.ROWS, FloatFma.COLUMNS, new FloatFma());
  }

  @Override
  public Microkernel halfFma() {
    return Microkernel.plain(1, HalfFma.COLUMNS, new HalfFma());
  }

  @Override
  public Microkernel fda(FdaStep step) {
    return Microkernel.plain(1, Fda.COLUMNS, new Fda(step));
  }

  @Override
  public Optional<Microkernel> decidedFda(FdaStep step) {
    return Optional.empty();
  }

  @Override
  public FloatFunction sleefExponential() {
    return FloatFunction.each(Sleef::exp);
  }

  @Override
  public FloatFunction cudaExponential() {
    return FloatFunction.each(CudaMath::expf);
  }

  @Override
  public String describe() {
    return "scalar";
  }

  /** Chains of float32 fused multiply-adds; the inner loop is one that C2 vectorises. */
  private static final class FloatFma implements Microkernel.Loop {
    private static final int ROWS = 4;
    private static final int COLUMNS = 128;

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
        float sum = Fma.of(a0, w[wAt + j], acc[accAt + j]);
        sum = Fma.of(a1, w[wAt + COLUMNS + j], sum);
        sum = Fma.of(a2, w[wAt + 2 * COLUMNS + j], sum);
        acc[accAt + j] = Fma.of(a3, w[wAt + 3 * COLUMNS + j], sum);
      }
    }

    private static void one(float a0, float[] w, int wAt, float[] acc, int accAt) {
      for (int j = 0; j < COLUMNS; j++) {
        acc[accAt + j] = Fma.of(a0, w[wAt + j], acc[accAt + j]);
      }
    }
  }

  /**
   * Chains of float16 fused multiply-adds: one in double, whose product is exact, and one rounding
   * of its result.
   *
   * <p>The double in between does no harm. If it is inexact, product and accumulator span more than
   * 53 bits. A product beyond 2^17 overflows either way; else the accumulator, a multiple of 2^-24,
   * is the large one, the product is below its 2^-30th part, and both roundings lead back to the
   * accumulator.
   */
  private static final class HalfFma implements Microkernel.Loop {
    private static final int COLUMNS = 32;

    @Override
    public void accumulate(
        int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt) {
      for (int k = 0; k < depth; k++) {
        double x = a[aAt + k];
        for (int j = 0; j < COLUMNS; j++) {
          double sum = x * w[wAt + k * COLUMNS + j] + acc[accAt + j];
          acc[accAt + j] = Float.float16ToFloat(Half.fromDouble(sum));
        }
      }
    }
  }

  /** {@link FdaStep}, lanes across columns. */
  private record Fda(FdaStep step) implements Microkernel.Loop {
    private static final int COLUMNS = 64;

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
                    (step.acc().round(Math.scalb((double) exact, exponent - step.fraction()))
                        + 0.0);
      }
    }
  }
}
