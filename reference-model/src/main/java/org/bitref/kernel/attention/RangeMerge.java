package org.bitref.kernel.attention;

import java.util.List;
import org.bitref.functions.Sfu;

/**
 * The results of ranges of keys joined one after the other, as {@code KeySplits.Dealt} words it.
 */
final class RangeMerge {
  private final int d;
  private final float[] max;
  private final float[] sums;
  private final float[] out;

  private RangeMerge(TileState first, int rows, int d) {
    this.d = d;
    this.max = new float[rows];
    this.sums = new float[rows];
    for (int r = 0; r < rows; r++) {
      max[r] = first.max(r) * TileState.LN2;
      sums[r] = first.total(r);
    }
    this.out = first.outputs();
  }

  /** O · (1 / l) of all ranges; zeros for a query that saw no key. */
  static float[] of(List<TileState> ranges, int rows, int d) {
    RangeMerge merge = new RangeMerge(ranges.getFirst(), rows, d);
    ranges.subList(1, ranges.size()).forEach(merge::take);
    return ranges.getFirst().normalised(merge.out, merge.sums);
  }

  private void take(TileState range) {
    float[] other = range.outputs();
    for (int r = 0; r < max.length; r++) {
      float own = range.max(r) * TileState.LN2;
      if (own == Float.NEGATIVE_INFINITY) {
        continue;
      }
      float next = Math.max(max[r], own);
      float before = max[r] == Float.NEGATIVE_INFINITY ? 0 : power(max[r], next);
      float factor = power(own, next);
      for (int i = r * d; i < (r + 1) * d; i++) {
        out[i] = out[i] * before + other[i] * factor;
      }
      sums[r] = sums[r] * before + range.total(r) * factor;
      max[r] = next;
    }
  }

  private static float power(float max, float next) {
    return Sfu.ex2((max - next) * TileExponent.LOG2_E_FLOAT);
  }
}
