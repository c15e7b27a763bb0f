package org.bitref.diagnose;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.bound.ExactProduct;
import org.bitref.bound.Factors;
import org.bitref.bound.GemmBound;
import org.bitref.bound.InputRounding;
import org.bitref.bound.Limits;
import org.bitref.bound.ProductFamily;
import org.bitref.numerics.Format;

/**
 * Decides whether a pattern explains an output: some outputs lie outside the bound of a family, and
 * with the pattern all that it claims lie inside. So much for sums that are off by less than the
 * bounds; that the pattern is no accident either is counted in bits.
 *
 * <p>An output that the pattern brings from a distance D of the right product to a distance d of
 * its own gives log2(D/d) bits, at most 24 and negative where it is now farther; d counts as half a
 * unit in the last place at least, and outputs with the same right value count once. Rounding alone
 * gives a wrong pattern negative bits on the average, and were the outputs independent, 64 of them
 * once in 2^64 trials. Asked for are {@link #BITS}, what it costs to tell this pattern from the
 * others of its kind, and a whole bit for each output: a constant fitted to roundings gains less.
 */
record Judge(GemmBound bound) {
  /** An accident of 1 in 2^64. */
  static final double BITS = 64;

  private static final double MOST_BITS = 24;

  /**
   * A pattern that may explain an output.
   *
   * @param repair what the output should be if it did
   * @param conversions how often the result may have been rounded into the output's format
   * @param cost bits that single this pattern out among those of its kind
   */
  record Hypothesis(Pattern pattern, Damage damage, Repair repair, int conversions, double cost) {
    Hypothesis(Pattern pattern, Damage damage, double cost, Repair repair) {
      this(pattern, damage, repair, 1, cost);
    }
  }

  /** The product as a pattern makes it; NaN where the pattern claims nothing. */
  @FunctionalInterface
  interface Repair {
    /**
     * @param factors as they enter the product
     * @param product theirs
     */
    ExactProduct apply(Factors factors, ExactProduct product);
  }

  /**
   * A pattern that explains an output.
   *
   * @param bits the evidence, less what it costs to tell this pattern from others of its kind
   */
  private record Found(Corruption corruption, double bits) {}

  /** The pattern that explains the output with most evidence. */
  Optional<Corruption> best(List<Hypothesis> hypotheses) {
    return hypotheses.stream()
        .map(this::judge)
        .flatMap(Optional::stream)
        .max(Comparator.comparingDouble(Found::bits))
        .map(Found::corruption);
  }

  private Optional<Found> judge(Hypothesis hypothesis) {
    Map<InputRounding, ExactProduct> repairs = new EnumMap<>(InputRounding.class);
    for (ProductFamily family : bound.families()) {
      ExactProduct right = bound.product(family.input());
      ExactProduct repaired =
          repairs.computeIfAbsent(
              family.input(),
              input -> hypothesis.repair().apply(bound.factors().rounded(input), right));
      Limits limits = bound.limits(family, repaired, hypothesis.conversions());
      long claimed = bound.contains(family) ? 0 : claimed(limits, right);
      if (2 * claimed > bound.y().length) {
        double bits = evidence(bound.y(), right.exact(), repaired.exact(), limits.y(), 1);
        if (bits - hypothesis.cost() >= BITS) {
          Corruption found =
              new Corruption(
                  hypothesis.pattern(),
                  hypothesis.damage(),
                  claimed,
                  bound.y().length,
                  bound.whole());
          return Optional.of(new Found(found, bits - hypothesis.cost()));
        }
      }
    }
    return Optional.empty();
  }

  /** How many outputs are explained; none if one is not that should be. */
  private long claimed(Limits limits, ExactProduct right) {
    double[] exact = limits.product().exact();
    long claimed = 0;
    for (int i = 0; i < exact.length; i++) {
      if (Double.isNaN(exact[i]) && !Double.isNaN(right.exact()[i])) {
        continue;
      }
      if (!limits.holds(i, bound.y()[i])) {
        return 0;
      }
      claimed++;
    }
    return claimed;
  }

  /**
   * The bits of evidence for a pattern.
   *
   * @param y the outputs, in {@code format}
   * @param right what they should be
   * @param repaired what they should be if the pattern is there
   * @param due what each output must contribute before it counts
   */
  static double evidence(double[] y, double[] right, double[] repaired, Format format, double due) {
    Set<Double> seen = new HashSet<>();
    double bits = 0;
    for (int i = 0; i < y.length; i++) {
      double before = right[i];
      double after = repaired[i];
      boolean moved = Double.isFinite(after) && Double.isFinite(y[i]) && before != after;
      if (moved && seen.add(before)) {
        bits += bits(y[i], before, after, format.ulp(after) / 2) - due;
      }
    }
    return bits;
  }

  private static double bits(double y, double before, double after, double least) {
    double ratio = Math.max(Math.abs(y - before), least) / Math.max(Math.abs(y - after), least);
    return Math.clamp(Math.log(ratio) / Math.log(2), -MOST_BITS, MOST_BITS);
  }
}
