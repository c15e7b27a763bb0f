package org.bitref.compare.verdict;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The squared errors inside a region and outside it.
 *
 * @param cells elements inside
 * @param inside mean square of the errors inside
 * @param others elements outside
 * @param outside mean square of the errors outside; 0 without any
 */
record Spread(long cells, double inside, long others, double outside) {
  /** A level is this much above another if no two binades explain it: twice an ULP's change. */
  private static final double FAR = 16;

  /** With fewer lines outside, how much they vary is not known. */
  private static final int LEAST_LINES = 8;

  static Spread of(Layout layout, Levels levels, Region region) {
    long[] within = levels.within(region);
    double sum = 0;
    for (int i = 1; i < Levels.NOT_FINITE; i++) {
      sum += within[i] * Levels.square(i);
    }
    long cells = region.cells();
    long others = layout.elements() - cells;
    double rest = Math.max(0, levels.squares() - sum);
    boolean none = unequal(levels, within) == 0;
    return new Spread(cells, sum / cells, others, others == 0 || none ? 0 : rest / others);
  }

  private static long unequal(Levels levels, long[] within) {
    long inside = Arrays.stream(within, 1, Levels.LEVELS).sum();
    return levels.above(1) - inside;
  }

  /**
   * True if errors inside are at least four times those outside, in the root of the mean square.
   */
  boolean isFar() {
    return inside >= FAR * outside;
  }

  /** A region without the lines, on any axis, whose own errors are not {@linkplain #isFar far}. */
  Region trimmed(Layout layout, Levels levels, Region region) {
    Region kept = region;
    for (int axis = 0; axis < Layout.AXES; axis++) {
      int[] set = kept.set(axis);
      if (set.length > 1 && set.length < layout.length(axis)) {
        int[][] lines = levels.byIndex(kept, axis);
        int[] far =
            IntStream.range(0, set.length)
                .filter(i -> Math.exp(logMean(lines[i])) >= FAR * outside)
                .map(i -> set[i])
                .toArray();
        kept = far.length == 0 ? kept : kept.with(axis, far);
      }
    }
    return kept;
  }

  /** True if there is any difference inside, and none outside. */
  boolean isConfined() {
    return outside == 0 && others > 0;
  }

  /**
   * Minus the logarithm of the likelihood of normal errors with these two variances, of which
   * inside a form leaves a share. Variances below the floor are as good as it.
   */
  double cost(double left, double floor) {
    return 0.5 * cells * Math.log(inside * left + floor) + 0.5 * others * Math.log(outside + floor);
  }

  /**
   * True if, on an axis, the lines of a region are beyond what the lines outside it lead to expect:
   * by the logarithms of their mean squares, each is further from the mean of the n others than one
   * more of a normal distribution is, up to a probability of e^{−CHANCE} for all lines. That is by
   * Student's t: P(t > x) is at most about (1 + x²/ν)^{−ν/2} for ν = n − 1. Besides it is
   * {@linkplain #isFar far} above the mean.
   */
  static boolean standsOut(Layout layout, Levels levels, Region region, int axis) {
    int n = layout.length(axis);
    int[] set = region.set(axis);
    int others = n - set.length;
    if (others < LEAST_LINES) {
      return false;
    }
    int[] all = new int[n];
    Arrays.setAll(all, i -> i);
    int[][] lines = levels.byIndex(region.with(axis, all), axis);
    double mean = 0;
    double squares = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      if (Arrays.binarySearch(set, i) >= 0) {
        least = Math.min(least, logMean(withoutLargest(lines[i])));
      } else {
        double log = logMean(lines[i]);
        mean += log / others;
        squares += log * log / others;
      }
    }
    double nu = others - 1.0;
    double deviation = Math.sqrt(Math.max(0, squares - mean * mean) * others / nu);
    double chance = Math.exp(2 * (Coding.CHANCE + Math.log(n)) / nu) - 1;
    double limit = mean + deviation * Math.sqrt(nu * chance * (1 + 1.0 / others));
    return least > limit && least > mean + Math.log(FAR);
  }

  private static int[] withoutLargest(int[] line) {
    int[] kept = line.clone();
    int left = Math.ceilDiv(Arrays.stream(line).sum(), 8);
    for (int i = Levels.NOT_FINITE - 1; i >= 0 && left > 0; i--) {
      int off = Math.min(left, kept[i]);
      kept[i] -= off;
      left -= off;
    }
    return kept;
  }

  /** Of a line's mean square; a line without errors counts as one of the least level. */
  private static double logMean(int[] line) {
    double sum = 0;
    long cells = 0;
    for (int i = 0; i < Levels.NOT_FINITE; i++) {
      sum += line[i] * Levels.square(i);
      cells += line[i];
    }
    return Math.log(Math.max(sum / Math.max(1, cells), Levels.square(1)));
  }
}
