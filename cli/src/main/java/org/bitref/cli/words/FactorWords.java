package org.bitref.cli.words;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.bitref.kernel.OperandScale;
import org.bitref.kernel.Scales;
import org.bitref.search.FoundFactors;
import org.bitref.search.FoundFactors.Factor;
import org.bitref.search.SimpleNumber;

/** Scales of operands and factors of outputs in words. */
public final class FactorWords {
  private FactorWords() {}

  /** For example {@code each row has its own factor, 1/512 … 4/512}. */
  public static String of(FoundFactors found) {
    List<SimpleNumber> values =
        found.factors().stream()
            .map(Factor::simple)
            .sorted(Comparator.comparingDouble(SimpleNumber::value))
            .toList();
    SimpleNumber least = values.getFirst();
    SimpleNumber most = values.getLast();
    String range = text(least, most) + " … " + text(most, least);
    return switch (found.by()) {
      case TENSOR -> "all outputs have the factor " + text(least);
      case ROW -> "each row has its own factor, " + range;
      case COLUMN -> "each column has its own factor, " + range;
    };
  }

  /** A number as short as it can be. */
  public static String text(SimpleNumber number) {
    return number.denominator() == 0
        ? decimal(number.value())
        : ratio(number.numerator(), number.denominator());
  }

  private static String ratio(long numerator, long denominator) {
    return denominator == 1 ? "" + numerator : numerator + "/" + denominator;
  }

  /** With the denominator of another number, if that is a multiple of its own. */
  private static String text(SimpleNumber number, SimpleNumber other) {
    boolean ratios = number.denominator() > 0 && other.denominator() > 1;
    return ratios && other.denominator() % number.denominator() == 0
        ? ratio(
            number.numerator() * (other.denominator() / number.denominator()), other.denominator())
        : text(number);
  }

  /** 0.00234, 1e-5. */
  private static String decimal(double value) {
    BigDecimal shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent >= -4 && exponent < 6) {
      return shortest.toPlainString();
    }
    BigDecimal significand = shortest.movePointLeft(exponent).stripTrailingZeros();
    return significand.toPlainString() + "e" + exponent;
  }

  /** What scales are given, in a sentence; empty if there are none. */
  public static Optional<String> given(Scales scales) {
    if (scales.isEmpty()) {
      return Optional.empty();
    }
    String x = scales.x().map(scale -> "x has " + by(scale, "row")).orElse("");
    String w = scales.w().map(scale -> "w has " + by(scale, "column of y")).orElse("");
    return Optional.of(x + (x.isEmpty() || w.isEmpty() ? "" : ", ") + w + ".");
  }

  private static String by(OperandScale scale, String line) {
    return switch (scale.by()) {
      case TENSOR -> "one scale";
      case ROW -> "a scale for each " + line;
      case BLOCK -> "a scale for each block of " + scale.block() + " terms of K";
    };
  }
}
