package org.bitref.diagnose;

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
        double here = ratio(attended, f, i);
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

  /** The distance in units of the bound; 0 where NaN or infinite inputs leave nothing to say. */
  private double ratio(Attended from, int family, int i) {
    double exact = from.exact()[i];
    if (!Double.isFinite(exact) || y[i] == exact) {
      return 0;
    }
    double ratio = Math.abs(y[i] - exact) / bound(from, family, i);
    return Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : ratio;
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
    Optional<Corruption> special = notFinite();
    if (special.isPresent()) {
      return special;
    }
    List<Hypothesized> all = new ArrayList<>();
    for (AttentionGuesses.Guess guess : new AttentionGuesses(attention, right, y, workers).all()) {
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
    return widest.outside() == 0 || mayOverflow() ? Optional.empty() : Optional.of(unnamed(widest));
  }

  private long notFiniteCount() {
    return Arrays.stream(y).filter(value -> !Double.isFinite(value)).count();
  }

  /** True if something did overflow, and float16 scores may. */
  private boolean mayOverflow() {
    return notFiniteCount() > 0
        && format == Format.F16
        && attention.mayOverflow(Format.F16.maxFinite());
  }

  /** NaN or infinite, with everything else inside a bound. */
  private Optional<Corruption> notFinite() {
    long count = notFiniteCount();
    boolean othersFit = bounds().stream().anyMatch(bounded -> bounded.outside() == count);
    if (count == 0 || !othersFit || mayOverflow()) {
      return Optional.empty();
    }
    String text = count + " outputs are NaN or infinite, where nothing overflows";
    return Optional.of(corruption(Pattern.NOT_A_NUMBER, text, y.length, ""));
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
        rightFits &= ratio(attended, f, i) <= 1;
        guessFits = ratio(guess.attended(), f, i) <= 1;
      }
      if (guessFits && !rightFits && guess.bits() >= Judge.BITS) {
        return Optional.of(
            corruption(guess.pattern(), guess.text(), y.length, families.get(f).text()));
      }
    }
    return Optional.empty();
  }
}
