package org.bitref.search;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The number of an interval that is shortest to write, as a person would have chosen it: a decimal
 * with few digits or a ratio of small whole numbers.
 *
 * @param value the number
 * @param numerator of the ratio
 * @param denominator of the ratio; 0 if the number is a decimal
 */
public record SimpleNumber(double value, long numerator, long denominator) {
  private static final double BITS_OF_A_DIGIT = Math.log(10) / Math.log(2);

  /** Digits that tell all floats apart. */
  private static final int MOST_DIGITS = 9;

  private static final double MOST = 1L << 40;

  /** Of sixteen numbers that people choose, one is a ratio that no decimal or power of 2 gives. */
  private static final double UNUSUAL = 4;

  private static final int DEEPEST = 40;

  /** A number and the bits that it takes to say. */
  private record Candidate(SimpleNumber number, double bits) {}

  /**
   * The simplest number that, rounded to float32, lies between two floats, both included.
   *
   * @param low of the same sign as {@code high}
   * @param high in magnitude no less
   */
  static SimpleNumber between(float low, float high) {
    double from = Math.abs(low) - 0.499 * Math.ulp(Math.abs(low));
    double to = Math.abs(high) + 0.499 * Math.ulp(Math.abs(high));
    Candidate best =
        Stream.of(power(from, to), ratio(from, to))
            .flatMap(Optional::stream)
            .reduce(decimal(from, to), (a, b) -> b.bits() <= a.bits() ? b : a);
    return low < 0 ? best.number().negative() : best.number();
  }

  /**
   * A number to so many significant decimal digits.
   *
   * @throws NumberFormatException if it is not finite
   */
  public static double rounded(double x, int digits) {
    return new BigDecimal(x).round(new MathContext(digits)).doubleValue();
  }

  private SimpleNumber negative() {
    return new SimpleNumber(-value, -numerator, denominator);
  }

  private static double log2(double x) {
    return Math.log(x) / Math.log(2);
  }

  private static Candidate decimal(double from, double to) {
    BigDecimal middle = new BigDecimal((from + to) / 2);
    BigDecimal found = middle.round(new MathContext(MOST_DIGITS));
    for (int digits = 1; digits <= MOST_DIGITS; digits++) {
      BigDecimal rounded = middle.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (rounded.doubleValue() >= from && rounded.doubleValue() <= to) {
        found = rounded;
        break;
      }
    }
    BigDecimal plain = found.stripTrailingZeros();
    double bits =
        plain.precision() * BITS_OF_A_DIGIT + log2(1 + Math.abs(plain.precision() - plain.scale()));
    return new Candidate(new SimpleNumber(found.doubleValue(), 0, 0), bits);
  }

  /** A whole number times a power of two, the least such number. */
  private static Optional<Candidate> power(double from, double to) {
    for (int shift = Math.getExponent(to); shift >= Math.getExponent(to) - 24; shift--) {
      double unit = Math.scalb(1.0, shift);
      double whole = Math.ceil(from / unit);
      if (whole * unit <= to) {
        boolean small = shift <= 0 && shift > -40;
        long denominator = small ? 1L << -shift : 0;
        double bits = log2(whole) + log2(1 + Math.abs(shift));
        long numerator = small ? (long) whole : 0;
        return Optional.of(
            new Candidate(new SimpleNumber(whole * unit, numerator, denominator), bits));
      }
    }
    return Optional.empty();
  }

  private static Optional<Candidate> ratio(double from, double to) {
    double[] least = simplest(from, to, DEEPEST);
    double value = least[0] / least[1];
    boolean usable = value >= from && value <= to && Math.max(least[0], least[1]) < MOST;
    return usable && value > 0
        ? Optional.of(
            new Candidate(
                new SimpleNumber(value, (long) least[0], (long) least[1]),
                UNUSUAL + log2(least[0]) + log2(least[1])))
        : Optional.empty();
  }

  /** The fraction with the least denominator, by the continued fractions of both ends. */
  private static double[] simplest(double from, double to, int deep) {
    double whole = Math.floor(from);
    if (whole == from || deep == 0) {
      return new double[] {whole, 1};
    }
    if (Math.floor(to) > whole) {
      return new double[] {whole + 1, 1};
    }
    double[] rest = simplest(1 / (to - whole), 1 / (from - whole), deep - 1);
    return new double[] {whole * rest[0] + rest[1], rest[0]};
  }
}
