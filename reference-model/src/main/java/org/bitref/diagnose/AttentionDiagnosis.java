package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bitref.bound.Attended;
import org.bitref.bound.AttentionBounds;
import org.bitref.bound.AttentionCase;
import org.bitref.bound.AttentionRows;
import org.bitref.bound.Bounded;
import org.bitref.bound.Region;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;

/** Tries what can go wrong with an attention, the simple first. */
final class AttentionDiagnosis {
  private static final int SAMPLE = 48;

  /** Of the squared differences that a wrong way must take away, on a sample, to be looked at. */
  private static final double SHARE = 0.7;

  private final AttentionBounds bounds;
  private final AttentionRows attention;
  private final Workers workers;
  private final double[] y;
  private final Format format;
  private final Attended attended;

  AttentionDiagnosis(AttentionCase given, Workers workers) {
    this.bounds = AttentionBounds.of(given, workers);
    this.attention = bounds.attention();
    this.workers = workers;
    this.y = bounds.y();
    this.format = bounds.format();
    this.attended = bounds.attended();
  }

  Optional<Corruption> find() {
    List<Bounded> families = bounds.all();
    if (y.length == 0 || families.getFirst().outside() == 0) {
      return Optional.empty();
    }
    Optional<Corruption> special = notFinite();
    if (special.isPresent()) {
      return special;
    }
    List<Hypothesized> all = new ArrayList<>();
    for (AttentionGuesses.Guess guess : new AttentionGuesses(bounds, workers).all()) {
      if (promising(guess.way())) {
        Attended there = attention.attend(guess.way(), bounds.families(), format, workers);
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
    Bounded widest = families.getLast();
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
    boolean othersFit = bounds.all().stream().anyMatch(bounded -> bounded.outside() == count);
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

  private boolean promising(AttentionRows.Way way) {
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
    for (int f = 0; f < bounds.families().size(); f++) {
      boolean rightFits = true;
      boolean guessFits = true;
      for (int i = 0; i < y.length && guessFits; i++) {
        rightFits &= bounds.ratio(attended, f, i) <= 1;
        guessFits = bounds.ratio(guess.attended(), f, i) <= 1;
      }
      if (guessFits && !rightFits && guess.bits() >= Judge.BITS) {
        return Optional.of(
            corruption(guess.pattern(), guess.text(), y.length, bounds.families().get(f).text()));
      }
    }
    return Optional.empty();
  }
}
