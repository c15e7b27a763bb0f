package org.bitref.kernel.stage;

import java.util.function.DoubleUnaryOperator;
import org.bitref.numerics.Format;
import org.bitref.numerics.WideAccumulator;
import org.bitref.recipe.SumOrder;

/** Adds the first {@code n} terms of an array in the order and the format of a recipe. */
interface RowSum {
  double of(double[] terms, int n);

  /** Not thread-safe: one per thread. */
  static RowSum in(SumOrder order, Format calc) {
    DoubleUnaryOperator round = Arithmetic.rounding(calc);
    return switch (order.kind()) {
      case EXACT -> exact(calc);
      case SEQ -> (terms, n) -> sequence(terms, n, round);
      case CASCADE -> new CascadeSum(order.lanes(), round);
    };
  }

  private static RowSum exact(Format calc) {
    WideAccumulator sum = new WideAccumulator();
    return (terms, n) -> {
      sum.clear();
      for (int i = 0; i < n; i++) {
        sum.add(terms[i]);
      }
      return sum.round(calc, org.bitref.numerics.Rounding.RNE);
    };
  }

  private static double sequence(double[] terms, int n, DoubleUnaryOperator round) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum = round.applyAsDouble(sum + terms[i]);
    }
    return sum;
  }
}
