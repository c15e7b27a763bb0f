package org.bitref.kernel.attention;

import java.util.List;
import org.bitref.functions.CudaMath;

/**
 * The results of ranges of keys, weighed by e^(logarithm of the range's sum - logarithm of all):
 * {@code flash_fwd_splitkv_combine_kernel} of FlashAttention-2.
 */
final class SplitCombine {
  private static final int TWO_THIRDS = 0x3F2AAAAB;
  private static final float LN2 = 0x1.62e43p-1f;

  /** Series of (ln(1 + f) - f) / f² in f, from the highest power down. */
  private static final float[] SERIES = {
    -0x1.0aa04ep-3f,
    0.1408461f,
    -0.12148628f,
    0.1398061f,
    -0.16684236f,
    0.200123f,
    -0.24999669f,
    0.33333182f,
    -0.5f
  };

  private SplitCombine() {}

  /** The sum over ranges of weight times O, from zero, each step fused. */
  static float[] of(List<TileState> ranges, int rows, int d) {
    float[] sum = new float[rows * d];
    float[][] weights = new float[rows][];
    for (int r = 0; r < rows; r++) {
      float[] logs = new float[ranges.size()];
      for (int i = 0; i < logs.length; i++) {
        logs[i] = ranges.get(i).logSum(r);
      }
      weights[r] = weights(logs);
    }
    for (int i = 0; i < ranges.size(); i++) {
      float[] o = ranges.get(i).normalised();
      for (int at = 0; at < o.length; at++) {
        sum[at] = Math.fma(weights[at / d][i], o[at], sum[at]);
      }
    }
    return sum;
  }

  /** Where no range saw a key all weights are zero. */
  private static float[] weights(float[] logs) {
    float max = Float.NEGATIVE_INFINITY;
    for (float log : logs) {
      max = Math.max(max, log);
    }
    float[] weights = new float[logs.length];
    if (max == Float.NEGATIVE_INFINITY) {
      return weights;
    }
    float[] halves = new float[powerOfTwo(logs.length)];
    for (int i = 0; i < logs.length; i++) {
      halves[i] = CudaMath.expf(logs[i] - max);
    }
    for (int n = halves.length / 2; n > 0; n /= 2) {
      for (int i = 0; i < n; i++) {
        halves[i] += halves[i + n];
      }
    }
    float all = log(halves[0]) + max;
    for (int i = 0; i < logs.length; i++) {
      weights[i] = CudaMath.expf(logs[i] - all);
    }
    return weights;
  }

  /** The least power of two that is not below n. */
  private static int powerOfTwo(int n) {
    return n == 1 ? 1 : 2 * Integer.highestOneBit(n - 1);
  }

  /** CUDA's {@code logf} of a normal positive number. */
  static float log(float x) {
    int bits = Float.floatToRawIntBits(x);
    int exponent = (bits - TWO_THIRDS) & 0xFF800000;
    float f = Float.intBitsToFloat(bits - exponent) - 1;
    float series = SERIES[0];
    for (int i = 1; i < SERIES.length; i++) {
      series = Math.fma(f, series, SERIES[i]);
    }
    float fraction = Math.fma(f, f * series, f);
    return Math.fma(exponent * 0x1p-23f, LN2, fraction);
  }
}
