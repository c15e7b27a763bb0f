package org.bitref.bound;

import java.util.function.IntPredicate;
import java.util.function.IntToDoubleFunction;

/**
 * An output against the bound of one family of recipes.
 *
 * @param outside outputs that no recipe of the family gives
 * @param worst the largest |y - exact| in units of the bound; infinite where the bound is zero or y
 *     is not finite
 * @param at the first output where that is
 */
public record Bounded(long outside, double worst, int at) {
  /** Of outputs of which is known which are inside, and how far off they are in this unit. */
  public static Bounded of(int outputs, IntPredicate holds, IntToDoubleFunction ratio) {
    long outside = 0;
    double worst = 0;
    int at = 0;
    for (int i = 0; i < outputs; i++) {
      outside += holds.test(i) ? 0 : 1;
      double here = ratio.applyAsDouble(i);
      if (here > worst) {
        worst = here;
        at = i;
      }
    }
    return new Bounded(outside, worst, at);
  }
}
