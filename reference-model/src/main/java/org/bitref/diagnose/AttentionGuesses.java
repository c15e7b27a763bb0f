package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bitref.bound.AttentionBounds;
import org.bitref.bound.AttentionRows;
import org.bitref.diagnose.Damage.Known;
import org.bitref.kernel.Workers;

/** Wrong ways of doing an attention: scale, mask, heads, operands. */
final class AttentionGuesses {
  private final AttentionRows attention;
  private final AttentionRows.Way right;
  private final double[] y;
  private final Workers workers;

  AttentionGuesses(AttentionBounds bounds, Workers workers) {
    this.attention = bounds.attention();
    this.right = bounds.right();
    this.y = bounds.y();
    this.workers = workers;
  }

  record Guess(Pattern pattern, Damage damage, AttentionRows.Way way) {}

  List<Guess> all() {
    List<Guess> all = new ArrayList<>();
    scales(all);
    masks(all);
    window(all);
    heads(all);
    AttentionRows.Way swapped = right.withKeysAndValuesSwapped();
    all.add(new Guess(Pattern.KEYS_AND_VALUES_SWAPPED, Known.KEYS_AND_VALUES_EXCHANGED, swapped));
    return all;
  }

  private void scales(List<Guess> all) {
    double scale = right.onScores();
    double root = 1 / Math.sqrt(attention.d());
    double square = scale * scale;
    scale(all, Known.SCALE_MISSING, 1, 1);
    scale(all, Known.SCALE_SQUARED, square, 1);
    scale(all, Known.SCALE_ROOT, Math.sqrt(scale), 1);
    scale(all, Known.SCALE_INVERTED, 1 / scale, 1);
    scale(all, Known.SCALE_OF_ROOT_OF_HEAD_DIM, root, 1);
    scale(all, Known.SCALE_OF_HEAD_DIM, root * root, 1);
    scale(all, Known.SCALE_ON_OUTPUT_ONLY, 1, scale);
    scale(all, Known.SCALE_ON_OUTPUT_TOO, scale, scale);
    scale(all, Known.SCALE_ON_OUTPUT_AND_SQUARED_ON_SCORES, square, scale);
    scale(all, Known.OUTPUT_DIVIDED_BY_SCALE, scale, 1 / scale);
    scale(all, Known.EXPONENTIAL_OF_BASE_2, scale * Math.log(2), 1);
    scale(all, Known.EXPONENTS_OF_BASE_2_TAKEN_OF_E, scale / Math.log(2), 1);
  }

  private void scale(List<Guess> all, Damage damage, double onScores, double onOutput) {
    AttentionRows.Way way = right.withScales(onScores, onOutput);
    all.add(new Guess(Pattern.SCALE_MISPLACED, damage, way));
  }

  private void masks(List<Guess> all) {
    int end = attention.keys() - 1;
    int n = attention.queries();
    int[] whole = new int[n];
    Arrays.fill(whole, end);
    int[] causal = IntStream.range(0, n).map(i -> Math.min(i, end)).toArray();
    mask(all, Known.MASK_MISSING, whole);
    mask(all, Known.MASK_FROM_FIRST_KEY, causal);
    mask(all, Known.MASK_TO_LAST_KEY, shifted(causal, end + 1 - n));
    int[] seen = nearest(right.withLast(whole), false);
    int[] shifts = IntStream.range(0, n).map(i -> seen[i] - right.last()[i]).toArray();
    int shift = Nearest.mostFrequent(shifts);
    mask(all, new Damage.MaskShifted(shift), shifted(right.last(), shift));
    mask(all, new Damage.MaskSeen(seen[0], seen[n - 1]), seen);
  }

  /** As many keys as most queries of the second half seem to have seen at most. */
  private void window(List<Guess> all) {
    int n = attention.queries();
    int[] first = nearest(right, true);
    int[] sizes = IntStream.range(n / 2, n).map(i -> right.last()[i] + 1 - first[i]).toArray();
    int window = Nearest.mostFrequent(sizes);
    if (window >= 1 && window < attention.keys()) {
      AttentionRows.Way way = right.withWindow(window);
      all.add(new Guess(Pattern.MASK_WRONG, new Damage.Window(window), way));
    }
  }

  /** The last or first key that each query seems to have seen, by the distance of its outputs. */
  private int[] nearest(AttentionRows.Way way, boolean first) {
    int[] seen = new int[attention.queries()];
    workers.forEach(
        seen.length,
        1,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            double[] distance = new double[way.last()[i] + 1];
            for (int h = 0; h < attention.heads(); h++) {
              int row = h * attention.queries() + i;
              attention.distances(way, row, y, distance, first);
            }
            seen[i] = least(distance);
          }
        });
    return seen;
  }

  private static int least(double[] distance) {
    int least = 0;
    for (int j = 0; j < distance.length; j++) {
      if (distance[j] <= distance[least]) {
        least = j;
      }
    }
    return least;
  }

  private int[] shifted(int[] last, int by) {
    return Arrays.stream(last)
        .map(i -> Math.clamp((long) i + by, 0, attention.keys() - 1))
        .toArray();
  }

  private void mask(List<Guess> all, Damage damage, int[] last) {
    all.add(new Guess(Pattern.MASK_WRONG, damage, right.withLast(last)));
  }

  private void heads(List<Guess> all) {
    int kvHeads = attention.kvHeads();
    int[] cyclic = IntStream.range(0, attention.heads()).map(h -> h % kvHeads).toArray();
    int[] reversed = Arrays.stream(right.kvHead()).map(h -> kvHeads - 1 - h).toArray();
    heads(all, new Damage.HeadsModulo(kvHeads), cyclic);
    heads(all, Known.HEADS_READ_FROM_THE_END, reversed);
  }

  private void heads(List<Guess> all, Damage damage, int[] kvHead) {
    all.add(new Guess(Pattern.HEADS_PERMUTED, damage, right.withHeads(kvHead)));
  }
}
