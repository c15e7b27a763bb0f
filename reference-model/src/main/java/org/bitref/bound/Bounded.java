package org.bitref.bound;

import java.util.function.IntPredicate;
import java.util.function.IntToDoubleFunction;

/**
 * An output against the bound of one family of recipes.
 *
 * @param outside outputs that no recipe of the family gives
 * @param worst the largest |y - exact| in units of the bound; infinite where the bound is zero or y
 *     is not finite
 */
public record Bounded(long outside, double worst) {
  static Bounded of(int outputs, IntPredicate holds, IntToDoubleFunction ratio) {
    long outside = 0;
    double worst = 0;
    for (int i = 0; i < outputs; i++) {
      outside += holds.test(i) ? 0 : 1;
      worst = Math.max(worst, ratio.applyAsDouble(i));
    }
    return new Bounded(outside, worst);
  }
}
