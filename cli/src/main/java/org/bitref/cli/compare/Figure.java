package org.bitref.cli.compare;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.bitref.cli.console.Numbers;
import org.bitref.compare.TensorComparison;

/** A number of a comparison that a rule can ask for. */
enum Figure {
  /** Elements of other values. */
  UNEQUAL,
  /** The same as a share of all elements, 0 to 1. */
  UNEQUAL_SHARE,
  /** Representable numbers of the coarser type between both values; infinite for a NaN. */
  MAX_ULP,
  /** In the unit of the values; NaN, which no rule allows, for a NaN on one side. */
  MAX_ABS,
  /** In the unit of the values. */
  MEAN_ABS,
  /** -1 to 1; 1 for equal values, also where both tensors are zero. */
  COSINE,
  /** Length of B over length of A; 1 for equal values. */
  NORM_RATIO;

  /**
   * @throws IllegalArgumentException if there is none of this name
   */
  static Figure named(String name) {
    String all = Arrays.stream(values()).map(Figure::toString).collect(Collectors.joining(", "));
    return Arrays.stream(values())
        .filter(figure -> figure.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no figure \"%s\"; there are equal, any, %s".formatted(name, all)));
  }

  double of(StageResult stage) {
    TensorComparison c = stage.figures();
    return switch (this) {
      case UNEQUAL -> c.unequal();
      case UNEQUAL_SHARE -> c.total() == 0 ? 0 : (double) c.unequal() / c.total();
      case MAX_ULP -> c.maxUlp() == Long.MAX_VALUE ? Double.POSITIVE_INFINITY : c.maxUlp();
      case MAX_ABS -> c.maxAbs();
      case MEAN_ABS -> c.meanAbs();
      case COSINE -> c.cosine();
      case NORM_RATIO -> c.normRatio();
    };
  }

  /** The same, a whole number as such. */
  Number number(StageResult stage) {
    double x = of(stage);
    boolean whole = Double.isFinite(x) && x == Math.rint(x) && Math.abs(x) < 0x1p53;
    return whole ? (Number) (long) x : (Number) x;
  }

  /** The number for people: {@code max_ulp 37}. */
  String text(Number x) {
    return this + " " + (x instanceof Double real ? Numbers.exact(real) : x.toString());
  }

  @Override
  @JsonValue
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
