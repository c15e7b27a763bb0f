package org.bitref.compare.verdict;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * What it costs to name something, as the logarithm of how many there are of its kind (natural, as
 * all here). A place found by trying many must fit so much better than chance, see {@link Scan}.
 */
final class Coding {
  /**
   * What a finding must gain beyond its cost: by chance one pair of tensors in e^20, some 5e8,
   * does.
   */
  static final double CHANCE = 20;

  private static final double[] FACTORIALS = factorials();

  private Coding() {}

  private static double[] factorials() {
    double[] logs = new double[1 << 10];
    for (int i = 1; i < logs.length; i++) {
      logs[i] = logs[i - 1] + Math.log(i);
    }
    return logs;
  }

  /** ln n!, beyond a table by Stirling's series, which is within 1/(12 n). */
  private static double factorial(long n) {
    double x = (double) n;
    return n < FACTORIALS.length
        ? FACTORIALS[(int) n]
        : x * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI * x);
  }

  /** ln of the number of sets of k out of n. */
  static double choose(long n, long k) {
    return factorial(n) - factorial(k) - factorial(n - k);
  }

  /** Of k indices out of n, whatever they are. */
  static double any(int n, int k) {
    return k == n ? 0 : Math.log(n) + choose(n, k);
  }

  /** Of these sorted indices out of n: the cheapest of nothing left out, runs, even steps, any. */
  static double set(int n, int[] sorted) {
    if (sorted.length == n) {
      return 0;
    }
    int runs = 1;
    for (int i = 1; i < sorted.length; i++) {
      runs += sorted[i] == sorted[i - 1] + 1 ? 0 : 1;
    }
    double ofRuns = Math.log(n) + choose(n + 1L, Math.min(2L * runs, n + 1L));
    double ofAny = any(n, sorted.length);
    double least = Math.min(ofRuns, ofAny);
    boolean even = sorted.length > 2 && Place.runs(sorted).size() == 1;
    return Math.log(3) + (even ? Math.min(least, 3 * Math.log(n)) : least);
  }

  static double region(Layout layout, Region region) {
    return IntStream.range(0, Layout.AXES)
        .mapToDouble(axis -> set(layout.length(axis), region.set(axis)))
        .sum();
  }

  /** All between the first and the last. */
  static int[] hull(int[] sorted) {
    return IntStream.rangeClosed(sorted[0], sorted[sorted.length - 1]).toArray();
  }

  /** All in the step that is most frequent, from the first to the last that keep it. */
  static int[] stepped(int[] sorted) {
    int[] steps =
        IntStream.range(1, sorted.length).map(i -> sorted[i] - sorted[i - 1]).sorted().toArray();
    if (steps.length < 2) {
      return sorted;
    }
    int step = steps[steps.length / 2];
    int phase = Arrays.stream(sorted).map(i -> i % step).sorted().toArray()[sorted.length / 2];
    int[] kept = Arrays.stream(sorted).filter(i -> i % step == phase).toArray();
    int first = kept.length == 0 ? sorted[0] : kept[0];
    int last = kept.length == 0 ? sorted[sorted.length - 1] : kept[kept.length - 1];
    return IntStream.iterate(first, i -> i <= last, i -> i + step).toArray();
  }
}
