package org.bitref.compare.verdict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Places where large errors are denser than elsewhere.
 *
 * <p>For a limit, an element is <em>hot</em> if its error reaches it. Of K hot elements among N, a
 * region of m elements holds k. If hot elements fell anywhere, k would be about K·m/N; the
 * logarithm of the likelihood ratio of two rates, k/m inside and (K−k)/(N−m) outside, against the
 * one, K/N, says how much better the region explains them. That of chance exceeds x for one region
 * with a probability of at most about e^−x, for the best of all regions of a kind e^cost times
 * that, where e^cost is how many there are ({@link Coding}). A region counts if its gain is larger
 * than its cost by {@value Coding#CHANCE}.
 *
 * <p>On one axis, with those of the others given, the best set is the m densest lines for some m: a
 * line that is denser than one inside would do better in its place. So axis after axis takes its
 * best set until nothing changes, from each axis in turn.
 */
final class Scan {
  private static final int ROUNDS = 6;

  /** Above this many elements only the best axis to begin with is followed. */
  private static final long LARGE = 1 << 22;

  private final Layout layout;
  private final Levels levels;
  private final List<int[][]> marginals = new ArrayList<>();

  Scan(Layout layout, Levels levels) {
    this.layout = layout;
    this.levels = levels;
    Region whole = Region.whole(layout);
    for (int axis = 0; axis < Layout.AXES; axis++) {
      marginals.add(layout.length(axis) > 1 ? levels.byIndex(whole, axis) : new int[0][]);
    }
  }

  private record Step(Region region, double gain) {}

  /** The regions that chance does not explain, for every limit that splits the elements. */
  List<Region> regions() {
    List<Region> found = new ArrayList<>();
    for (int least = Levels.NOT_FINITE - 1; least > 0; least--) {
      if (levels.count(least) > 0 || least == 1) {
        for (Step step : followed(least)) {
          if (step.gain > Coding.CHANCE
              && !step.region.isWhole(layout)
              && found.stream().noneMatch(step.region::isSame)) {
            found.add(step.region);
          }
        }
      }
    }
    return found;
  }

  private List<Step> followed(int least) {
    Region whole = Region.whole(layout);
    Comparator<Step> byGain = Comparator.comparingDouble(step -> -step.gain);
    return IntStream.range(0, Layout.AXES)
        .filter(axis -> layout.length(axis) > 1)
        .mapToObj(axis -> best(whole, axis, hot(marginals.get(axis), least), least))
        .sorted(byGain)
        .limit(layout.elements() > LARGE ? 1 : Layout.AXES)
        .map(step -> step.region.isWhole(layout) ? step : refined(step, least))
        .toList();
  }

  private Step refined(Step start, int least) {
    Step step = start;
    for (int round = 0; round < ROUNDS; round++) {
      Step before = step;
      for (int axis = Layout.AXES - 1; axis >= 0; axis--) {
        if (layout.length(axis) > 1) {
          int[] all = IntStream.range(0, layout.length(axis)).toArray();
          Region open = step.region.with(axis, all);
          Step next = best(open, axis, hot(levels.byIndex(open, axis), least), least);
          step = next.gain >= step.gain ? next : step;
        }
      }
      if (step.region.isSame(before.region)) {
        break;
      }
    }
    return step;
  }

  private static long[] hot(int[][] byIndex, int least) {
    long[] hot = new long[byIndex.length];
    for (int i = 0; i < hot.length; i++) {
      for (int level = least; level < Levels.NOT_FINITE; level++) {
        hot[i] += byIndex[i][level];
      }
    }
    return hot;
  }

  /** The best set on an axis that is open in a region. */
  private Step best(Region open, int axis, long[] hot, int least) {
    int n = hot.length;
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingLong((Integer i) -> -hot[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    long line = open.cells() / n;
    int[] lengths = {
      longest(order, hot, line, least, false), longest(order, hot, line, least, true)
    };
    return Arrays.stream(lengths)
        .mapToObj(length -> Arrays.stream(order, 0, length).sorted().toArray())
        .flatMap(set -> Stream.of(set, Coding.hull(set), Coding.stepped(set)))
        .map(set -> step(open.with(axis, set), set, hot, line, least))
        .max(Comparator.comparingDouble(Step::gain))
        .orElseThrow();
  }

  /** How many of the densest lines are best, as a set that may cost nothing or that of any. */
  private int longest(int[] order, long[] hot, long line, int least, boolean any) {
    long inside = 0;
    double most = Double.NEGATIVE_INFINITY;
    int length = order.length;
    for (int i = 0; i < order.length; i++) {
      inside += hot[order[i]];
      double cost = any ? Coding.any(order.length, i + 1) : 0;
      double gain = gain(inside, (i + 1) * line, least) - cost;
      if (gain > most) {
        most = gain;
        length = i + 1;
      }
    }
    return length;
  }

  private Step step(Region region, int[] set, long[] hot, long line, int least) {
    long inside = Arrays.stream(set).mapToLong(i -> hot[i]).sum();
    double gain = gain(inside, set.length * line, least);
    return new Step(region, gain - Coding.region(layout, region));
  }

  /** How much better two rates explain what is hot than one. */
  private double gain(long inside, long cells, int least) {
    long all = layout.elements();
    long hot = levels.above(least) - levels.count(Levels.NOT_FINITE);
    if (inside * (double) all <= hot * (double) cells) {
      return 0;
    }
    return likelihood(inside, cells) + likelihood(hot - inside, all - cells) - likelihood(hot, all);
  }

  private static double likelihood(long hot, long n) {
    if (hot == 0 || hot == n) {
      return 0;
    }
    double rate = (double) hot / n;
    return hot * Math.log(rate) + (n - hot) * Math.log1p(-rate);
  }
}
