package org.bitref.kernel.spec;

import java.util.function.DoubleBinaryOperator;

/** The orders in which several sums become one. Each needs at least one value. */
final class Trees {
  private Trees() {}

  /** ((v0 + v1) + v2) + ... */
  static double forward(double[] values, DoubleBinaryOperator add) {
    double sum = values[0];
    for (int i = 1; i < values.length; i++) {
      sum = add.applyAsDouble(sum, values[i]);
    }
    return sum;
  }

  /** From the last to the first. */
  static double backward(double[] values, DoubleBinaryOperator add) {
    double sum = values[values.length - 1];
    for (int i = values.length - 2; i >= 0; i--) {
      sum = add.applyAsDouble(sum, values[i]);
    }
    return sum;
  }

  /** v0 + v1, v2 + v3, ..., then the same with those; an odd one out moves up. */
  static double neighbours(double[] values, DoubleBinaryOperator add) {
    double[] level = values.clone();
    int n = level.length;
    while (n > 1) {
      for (int i = 0; i + 1 < n; i += 2) {
        level[i / 2] = add.applyAsDouble(level[i], level[i + 1]);
      }
      if (n % 2 == 1) {
        level[n / 2] = level[n - 1];
      }
      n = (n + 1) / 2;
    }
    return level[0];
  }

  /** v[i] + v[i + ceil(n/2)] where there is such a partner, then the same with those. */
  static double halves(double[] values, DoubleBinaryOperator add) {
    double[] level = values.clone();
    int n = level.length;
    while (n > 1) {
      int half = (n + 1) / 2;
      for (int i = 0; i + half < n; i++) {
        level[i] = add.applyAsDouble(level[i], level[i + half]);
      }
      n = half;
    }
    return level[0];
  }
}
