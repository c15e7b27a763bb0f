package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bitref.bound.AttentionBounds;
import org.bitref.bound.AttentionCase;
import org.bitref.bound.AttentionRows;
import org.bitref.bound.AttentionRows.Attended;
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
    Bounded widest = families.getLast();
    return notFinite(families)
        .or(this::named)
        .or(
            () ->
                widest.outside() == 0 || mayOverflow()
                    ? Optional.empty()
                    : Optional.of(unnamed(widest)));
  }

  private Optional<Corruption> named() {
    List<Hypothesized> all = new ArrayList<>();
    for (AttentionGuesses.Guess guess : new AttentionGuesses(bounds, workers).all()) {
      if (promising(guess.way())) {
        Attended there = attention.attend(guess.way(), bounds.families(), format, workers);
        all.add(hypothesized(guess.pattern(), guess.damage(), 8, there));
      }
    }
    moved(all);
    return all.stream()
        .sorted(Comparator.comparingDouble(guess -> -guess.bits()))
        .filter(this::explains)
        .map(guess -> corruption(guess.pattern(), guess.damage(), y.length))
        .findFirst();
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
  private Optional<Corruption> notFinite(List<Bounded> families) {
    long count = notFiniteCount();
    boolean othersFit = families.stream().anyMatch(bounded -> bounded.outside() == count);
    if (count == 0 || !othersFit || mayOverflow()) {
      return Optional.empty();
    }
    Damage damage = new Damage.Special(count, Optional.empty(), Optional.empty());
    return Optional.of(corruption(Pattern.NOT_A_NUMBER, damage, y.length));
  }

  private Corruption unnamed(Bounded widest) {
    return corruption(Pattern.UNNAMED, new Damage.Outside(widest.outside(), y.length), 0);
  }

  private Corruption corruption(Pattern pattern, Damage damage, long explained) {
    int rows = attention.heads() * attention.queries();
    Region region = new Region(0, rows - 1, 0, attention.d() - 1);
    return new Corruption(pattern, damage, explained, y.length, region);
  }

  /** The right numbers in the wrong places. */
  private void moved(List<Hypothesized> all) {
    int d = attention.d();
    int n = attention.queries();
    int heads = attention.heads();
    Attended turned = attended.moved(i -> (i / d % heads * n + i / d / heads) * d + i % d);
    all.add(hypothesized(Pattern.TRANSPOSED, Damage.Known.HEADS_AND_TOKENS_TRANSPOSED, 1, turned));
    int[] head = Nearest.rows(y, attended.exact(), heads, n * d);
    blocks(all, Pattern.HEADS_PERMUTED, head, n * d);
    int[] row = Nearest.rows(y, attended.exact(), heads * n, d);
    blocks(all, Pattern.ROWS_PERMUTED, row, d);
  }

  private void blocks(List<Hypothesized> all, Pattern pattern, int[] map, int length) {
    if (IntStream.range(0, map.length).allMatch(i -> map[i] == i)) {
      return;
    }
    double cost = map.length * Math.log(map.length) / Math.log(2);
    Attended moved = attended.moved(i -> map[i / length] * length + i % length);
    all.add(
        hypothesized(pattern, new Damage.Held(IntStream.of(map).boxed().toList()), cost, moved));
  }

  /**
   * @param bits the evidence, less what it costs to tell this from others of its kind
   */
  private record Hypothesized(Pattern pattern, Damage damage, double bits, Attended attended) {}

  private Hypothesized hypothesized(Pattern pattern, Damage damage, double cost, Attended there) {
    double bits = Judge.evidence(y, attended.exact(), there.exact(), format, 0) - cost;
    return new Hypothesized(pattern, damage, bits, there);
  }

  private boolean promising(AttentionRows.Way way) {
    int rows = attention.heads() * attention.queries();
    double before = 0;
    double after = 0;
    for (int row : Nearest.spread(SAMPLE, rows)) {
      double[] there = attention.row(way, row);
      for (int i = 0; i < there.length; i++) {
        int at = row * there.length + i;
        before += Double.isFinite(y[at]) ? square(y[at] - attended.exact()[at]) : 0;
        after += Double.isFinite(y[at]) ? square(y[at] - there[i]) : 0;
      }
    }
    return after < (1 - SHARE) * before;
  }

  private static double square(double x) {
    return x * x;
  }

  /** True if with it everything is inside the bound of a family that excludes the right way. */
  private boolean explains(Hypothesized guess) {
    return guess.bits() >= Judge.BITS
        && IntStream.range(0, bounds.families().size())
            .anyMatch(f -> fits(guess.attended(), f) && !fits(attended, f));
  }

  private boolean fits(Attended way, int family) {
    return IntStream.range(0, y.length).allMatch(i -> bounds.holds(way, family, i));
  }
}
