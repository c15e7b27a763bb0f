package org.bitref.diagnose;

import org.bitref.bound.ExactProduct;
import org.bitref.bound.Factors;

/**
 * A pattern that may explain an output.
 *
 * @param text what happened, in words
 * @param repair what the output should be if it did
 * @param conversions how often the result may have been rounded into the output's format
 * @param cost bits that single this pattern out among those of its kind
 */
record Hypothesis(Pattern pattern, String text, Repair repair, int conversions, double cost) {
  /** The product as the pattern makes it; NaN where the pattern claims nothing. */
  @FunctionalInterface
  interface Repair {
    /**
     * @param factors as they enter the product
     * @param product theirs
     */
    ExactProduct apply(Factors factors, ExactProduct product);
  }

  static Hypothesis of(Pattern pattern, String text, double cost, Repair repair) {
    return new Hypothesis(pattern, text, repair, 1, cost);
  }
}
