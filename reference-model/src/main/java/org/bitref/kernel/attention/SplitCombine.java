package org.bitref.kernel.attention;

import java.util.List;
import org.bitref.functions.CudaMath;
import org.bitref.numerics.Fma;

/**
 * The results of ranges of keys, weighed by e^(logarithm of the range's sum - logarithm of all):
 * {@code flash_fwd_splitkv_combine_kernel} of FlashAttention-2.
 */
final class SplitCombine {
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
        sum[at] = Fma.of(weights[at / d][i], o[at], sum[at]);
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
    float all = CudaMath.logf(halves[0]) + max;
    for (int i = 0; i < logs.length; i++) {
      weights[i] = CudaMath.expf(logs[i] - all);
    }
    return weights;
  }

  /** The least power of two that is not below n. */
  private static int powerOfTwo(int n) {
    return n == 1 ? 1 : 2 * Integer.highestOneBit(n - 1);
  }
}
