package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import org.bitref.tensor.Tensor;

/** Asserts that every element lies inside its own error bound. */
final class Inside {
  private Inside() {}

  static void check(String what, Tensor actual, Tensor exact, double[] bound) {
    for (int i = 0; i < bound.length; i++) {
      double error = Math.abs(actual.get(i) - exact.get(i));
      int at = i;
      assertTrue(
          error <= bound[i],
          () ->
              String.format(
                  Locale.ROOT,
                  "%s, element %d: %s is %g from %s, more than the bound %g",
                  what,
                  at,
                  actual.get(at),
                  error,
                  exact.get(at),
                  bound[at]));
    }
  }
}
