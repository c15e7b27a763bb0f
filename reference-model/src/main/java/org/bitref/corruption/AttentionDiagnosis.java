package org.bitref.corruption;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;

/** Tries what can go wrong with an attention, the simple first. */
final class AttentionDiagnosis {
  private static final int SAMPLE = 48;

  /** Of the squared differences that a wrong way must take away, on a sample, to be looked at. */
  private static final double SHARE = 0.7;

  private final Attention attention;
  private final Attention.Way right;
  private final Workers workers;
  private final double[] y;
  private final Format format;
  private final List<AttentionFamily> families;
  private final Attended attended;

  AttentionDiagnosis(AttentionCase given, Workers workers) {
    this.attention = Attention.of(given);
    int group = attention.heads() / attention.kvHeads();
    int[] kvHead = IntStream.range(0, attention.heads()).map(h -> h / group).toArray();
    this.right = new Attention.Way(given.scale(), 1, given.last(), kvHead, false);
    this.workers = workers;
    this.y = given.out().toDoubles();
    this.format = Storage.of(given.out());
    this.families = AttentionFamily.of(format);
    this.attended = attention.attend(right, families, format, workers);
  }

  /** The output against every family. */
  List<Bounded> bounds() {
    List<Bounded> all = new ArrayList<>();
    for (int f = 0; f < families.size(); f++) {
      long outside = 0;
      int worst = 0;
      double ratio = 0;
      for (int i = 0; i < y.length; i++) {
        double difference = Math.abs(y[i] - attended.exact()[i]);
        double here = difference == 0 ? 0 : difference / bound(attended, f, i);
        here = Double.isNaN(here) ? Double.POSITIVE_INFINITY : here;
        outside += here <= 1 ? 0 : 1;
        if (here > ratio) {
          ratio = here;
          worst = i;
        }
      }
      int d = attention.d();
      all.add(new Bounded(families.get(f).text(), outside, ratio, worst / d, worst % d));
    }
    return all;
  }

  /** Two conversions, for an output may pass through another kernel. */
  private double bound(Attended from, int family, int i) {
    double error = from.error()[family][i];
    return error + 2 * format.ulp(Math.abs(from.exact()[i]) + error);
  }

  Optional<Corruption> find() {
    List<Bounded> bounds = bounds();
    if (y.length == 0 || bounds.getFirst().outside() == 0) {
      return Optional.empty();
    }
    List<Hypothesized> all = new ArrayList<>();
    for (Guess guess : guesses()) {
      if (promising(guess.way())) {
        Attended there = attention.attend(guess.way(), families, format, workers);
        all.add(hypothesized(guess.pattern(), guess.text(), 8, there));
      }
    }
    moved(all);
    all.sort(Comparator.comparingDouble(guess -> -guess.bits()));
    for (Hypothesized guess : all) {
      Optional<Corruption> found = judge(guess);
      if (found.isPresent()) {
        return found;
      }
    }
    Bounded widest = bounds.getLast();
    return widest.outside() == 0 ? Optional.empty() : Optional.of(unnamed(widest));
  }

  private Corruption unnamed(Bounded widest) {
    String text =
        String.format(
            Locale.ROOT,
            "%d of %d outputs are outside every bound; no pattern was recognised",
            widest.outside(),
            y.length);
    return corruption(Pattern.UNNAMED, text, 0, "");
  }

  private Corruption corruption(Pattern pattern, String text, long explained, String family) {
    int rows = attention.heads() * attention.queries();
    Region region = new Region(0, rows - 1, 0, attention.d() - 1);
    return new Corruption(pattern, text, explained, y.length, region, family);
  }

  private List<Guess> guesses() {
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

  private static void add(List<Guess> all, Pattern pattern, String text, Attention.Way way) {
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
    Attention.Way way = right.withScores(onScores).withOutput(onOutput);
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
    for (int shift = 1; shift <= 64; shift *= 2) {
      mask(all, "the mask shows " + shift + " keys too many", shifted(right.last(), shift));
      mask(all, "the mask shows " + shift + " keys too few", shifted(right.last(), -shift));
    }
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

  /** The right numbers in the wrong places. */
  private void moved(List<Hypothesized> all) {
    int d = attention.d();
    int n = attention.queries();
    int heads = attention.heads();
    Attended turned = attended.moved(i -> (i / d % heads * n + i / d / heads) * d + i % d);
    String text = "heads and tokens of the output are transposed";
    all.add(hypothesized(Pattern.TRANSPOSED, text, 1, turned));
    int[] head = Nearest.rows(y, attended.exact(), heads, n * d);
    blocks(all, Pattern.HEADS_PERMUTED, "heads", head, n * d);
    int[] row = Nearest.rows(y, attended.exact(), heads * n, d);
    blocks(all, Pattern.ROWS_PERMUTED, "rows", row, d);
  }

  private void blocks(List<Hypothesized> all, Pattern pattern, String what, int[] map, int length) {
    if (IntStream.range(0, map.length).allMatch(i -> map[i] == i)) {
      return;
    }
    int shown = Math.min(map.length, 8);
    String held = Arrays.toString(Arrays.copyOf(map, shown)) + (shown < map.length ? " ..." : "");
    double cost = map.length * Math.log(map.length) / Math.log(2);
    Attended moved = attended.moved(i -> map[i / length] * length + i % length);
    all.add(
        hypothesized(
            pattern, what + " of the output are permuted: they hold " + held, cost, moved));
  }

  private record Guess(Pattern pattern, String text, Attention.Way way) {}

  /**
   * @param bits the evidence, less what it costs to tell this from others of its kind
   */
  private record Hypothesized(Pattern pattern, String text, double bits, Attended attended) {}

  private Hypothesized hypothesized(Pattern pattern, String text, double cost, Attended there) {
    double bits = Judge.evidence(y, attended.exact(), there.exact(), format, 0) - cost;
    return new Hypothesized(pattern, text, bits, there);
  }

  private boolean promising(Attention.Way way) {
    int rows = attention.heads() * attention.queries();
    int n = Math.min(SAMPLE, rows);
    double before = 0;
    double after = 0;
    for (int s = 0; s < n; s++) {
      int row = (int) ((long) s * rows / n);
      double[] there = attention.row(way, row);
      for (int i = 0; i < there.length; i++) {
        int at = row * there.length + i;
        double finite = Double.isFinite(y[at]) ? 1 : 0;
        before += finite == 0 ? 0 : square(y[at] - attended.exact()[at]);
        after += finite == 0 ? 0 : square(y[at] - there[i]);
      }
    }
    return after < (1 - SHARE) * before;
  }

  private static double square(double x) {
    return x * x;
  }

  private Optional<Corruption> judge(Hypothesized guess) {
    for (int f = 0; f < families.size(); f++) {
      boolean rightFits = true;
      boolean guessFits = true;
      for (int i = 0; i < y.length && guessFits; i++) {
        rightFits &= Math.abs(y[i] - attended.exact()[i]) <= bound(attended, f, i);
        double there = guess.attended().exact()[i];
        guessFits = Math.abs(y[i] - there) <= bound(guess.attended(), f, i);
      }
      if (guessFits && !rightFits && guess.bits() >= Judge.BITS) {
        return Optional.of(
            corruption(guess.pattern(), guess.text(), y.length, families.get(f).text()));
      }
    }
    return Optional.empty();
  }
}
