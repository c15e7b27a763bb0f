package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bitref.bound.AttentionBounds;
import org.bitref.bound.AttentionRows;
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

  record Guess(Pattern pattern, String text, AttentionRows.Way way) {}

  List<Guess> all() {
    List<Guess> all = new ArrayList<>();
    scales(all);
    masks(all);
    heads(all);
    add(
        all,
        Pattern.KEYS_AND_VALUES_SWAPPED,
        "keys and values are exchanged",
        right.withKeysAndValuesSwapped());
    return all;
  }

  private static void add(List<Guess> all, Pattern pattern, String text, AttentionRows.Way way) {
    all.add(new Guess(pattern, text, way));
  }

  private void scales(List<Guess> all) {
    double scale = right.onScores();
    double root = 1 / Math.sqrt(attention.d());
    scale(all, "the scale is missing", 1, 1);
    scale(all, "the scale was applied twice, as its square", scale * scale, 1);
    scale(all, "only the root of the scale was applied", Math.sqrt(scale), 1);
    scale(all, "the scores were divided by the scale", 1 / scale, 1);
    scale(all, "the scale is 1/sqrt(head_dim)", root, 1);
    scale(all, "the scale is 1/head_dim", root * root, 1);
    scale(all, "the scale was applied to v or to the output, not to the scores", 1, scale);
    scale(all, "the scale was applied to the scores, and to v or the output too", scale, scale);
    scale(
        all,
        "the scale was applied to v or the output, and its square to the scores",
        scale * scale,
        scale);
    scale(all, "the output was divided by the scale", scale, 1 / scale);
    scale(all, "the exponential is one of base 2", scale * Math.log(2), 1);
    scale(all, "scores times log2(e) were taken as exponents of e", scale / Math.log(2), 1);
  }

  private void scale(List<Guess> all, String text, double onScores, double onOutput) {
    AttentionRows.Way way = right.withScores(onScores).withOutput(onOutput);
    add(all, Pattern.SCALE_MISPLACED, text, way);
  }

  private void masks(List<Guess> all) {
    int end = attention.keys() - 1;
    int n = attention.queries();
    int[] whole = new int[n];
    Arrays.fill(whole, end);
    int[] causal = IntStream.range(0, n).map(i -> Math.min(i, end)).toArray();
    mask(all, "the mask is missing: every key was seen", whole);
    mask(all, "a causal mask that starts with the first key was applied", causal);
    mask(
        all, "a causal mask that ends with the last key was applied", shifted(causal, end + 1 - n));
    int[] seen = seen(whole);
    int shift = Mode.of(IntStream.range(0, n).map(i -> seen[i] - right.last()[i]).toArray());
    String keys = Math.abs(shift) + (shift > 0 ? " keys too many" : " keys too few");
    mask(all, "the mask shows " + keys, shifted(right.last(), shift));
    String text = "another mask was applied: the first query sees the keys up to " + seen[0];
    mask(all, text + ", the last those up to " + seen[n - 1], seen);
  }

  /** The last key that each query seems to have seen, by the distance of its outputs. */
  private int[] seen(int[] whole) {
    int[] seen = new int[whole.length];
    workers.forEach(
        seen.length,
        1,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            double[] distance = new double[attention.keys()];
            for (int h = 0; h < attention.heads(); h++) {
              int row = h * attention.queries() + i;
              attention.distances(right.withLast(whole), row, y, distance);
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

  private void mask(List<Guess> all, String text, int[] last) {
    add(all, Pattern.MASK_WRONG, text, right.withLast(last));
  }

  private void heads(List<Guess> all) {
    int kvHeads = attention.kvHeads();
    int[] cyclic = IntStream.range(0, attention.heads()).map(h -> h % kvHeads).toArray();
    int[] reversed = Arrays.stream(right.kvHead()).map(h -> kvHeads - 1 - h).toArray();
    String text = "query head h read key and value head ";
    add(all, Pattern.HEADS_PERMUTED, text + "h mod " + kvHeads, right.withHeads(cyclic));
    add(all, Pattern.HEADS_PERMUTED, text + "from the end", right.withHeads(reversed));
  }
}
