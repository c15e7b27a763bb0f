package org.bitref.bound;

import java.util.Optional;
import org.bitref.numerics.Format;

/**
 * The bound of one family around one product: where each output of a right implementation lies.
 *
 * @param product what it should be
 * @param family the recipes
 * @param y the format of the output
 * @param between a shorter format that it was rounded to before, if its values show one
 * @param dropped Σ|δ·w| where roundings of the inputs were dropped, empty elsewhere
 * @param depth K
 * @param biased true if a bias was added last, to a sum that may have been converted before
 * @param conversions how often the result may have been rounded into y's format
 */
public record Limits(
    ExactProduct product,
    ProductFamily family,
    Format y,
    Optional<Format> between,
    Optional<double[]> dropped,
    int depth,
    boolean biased,
    int conversions) {

  /** How far output i may be off, in the values' unit; it may be infinite. */
  private double at(int i) {
    double exact = product.exact()[i];
    if (!Double.isFinite(exact)) {
      return 0;
    }
    double error = family.error(product, i) + reference(i);
    if (dropped.isPresent()) {
      error += dropped.get()[i] * (1 + family.gain());
    }
    if (between.isPresent()) {
      error += between.get().ulp(Math.abs(exact) + error);
    }
    if (biased) {
      error += y.ulp(product.range()[i] + error);
    }
    // Truncating, a conversion loses up to a whole unit in the last place.
    return error + conversions * y.ulp(Math.abs(exact) + error);
  }

  /** The sums above are taken in double: K + 2 operations, each off by 2^-53. */
  private double reference(int i) {
    return 2 * (depth + 2) * 0x1p-53 * product.sum()[i];
  }

  /** True if {@code value} is a rounding of output i. */
  public boolean holds(int i, double value) {
    double exact = product.exact()[i];
    boolean saturated = Math.abs(value) == y.maxFinite() && value * exact > 0;
    if (!Double.isFinite(exact)) {
      return Double.compare(value, exact) == 0 || Double.isNaN(value) || saturated;
    }
    double bound = at(i);
    if (Math.abs(value - exact) <= bound) {
      return true;
    }
    boolean partialOverflows = family.largest(product, i) >= family.most();
    boolean overflows = Math.abs(exact) + bound >= y.maxFinite() && value * exact > 0;
    // A conversion may saturate.
    boolean largest = Double.isInfinite(value) || Math.abs(value) == y.maxFinite();
    return partialOverflows ? largest || Double.isNaN(value) : overflows && largest;
  }

  /** |value - exact| in units of the bound. */
  double ratio(int i, double value) {
    double bound = at(i);
    double difference = Math.abs(value - product.exact()[i]);
    if (holds(i, value)) {
      return bound == 0 || !(difference <= bound) ? 0 : difference / bound;
    }
    return bound == 0 || Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference / bound;
  }
}
