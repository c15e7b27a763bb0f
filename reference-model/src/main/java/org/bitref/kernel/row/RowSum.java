package org.bitref.kernel.row;

import java.util.function.DoubleUnaryOperator;
import org.bitref.kernel.spec.Arithmetic;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.numerics.WideAccumulator;
import org.bitref.recipe.SumOrder;

/** Adds the first {@code n} terms in the order and the format of a recipe. */
public interface RowSum {
  /**
   * The sum of one row of a matrix whose rows lie one after another.
   *
   * @param n terms of each row
   * @param row the row's index, which tells how its first term is aligned
   */
  double of(Terms terms, int n, long row);

  /** The same of doubles. */
  default double of(double[] terms, int n, long row) {
    return of(new Doubles(terms), n, row);
  }

  /** What is added. */
  sealed interface Terms {
    /** The i-th. */
    double at(int i);
  }

  /** Doubles. */
  record Doubles(double[] values) implements Terms {
    @Override
    public double at(int i) {
      return values[i];
    }
  }

  /**
   * Floats.
   *
   * @param end from here on all are zero, and need not be added to a sum that began with +0
   */
  record Floats(float[] values, int end) implements Terms {
    @Override
    public double at(int i) {
      return values[i];
    }
  }

  /**
   * Not thread-safe: one per thread.
   *
   * @param rows how many rows are reduced at once, which some orders depend on
   */
  static RowSum in(SumOrder order, Format calc, long rows) {
    DoubleUnaryOperator round = Arithmetic.rounding(calc);
    return switch (order) {
      case SumOrder.Exact _ -> exact(calc);
      case SumOrder.Sequential _ -> (terms, n, row) -> sequence(terms, n, round);
      case SumOrder.Cascade cascade -> new CascadeSum(cascade.lanes(), round);
      case SumOrder.Lanes lanes -> lanes(lanes, calc);
      case SumOrder.Halves halves -> halves(halves.run(), calc);
      case SumOrder.TorchCuda _ -> new TorchCudaSum(rows, calc);
      case SumOrder.TorchSoftmax softmax -> new TorchSoftmaxSum(softmax.input(), calc);
    };
  }

  private static RowSum exact(Format calc) {
    WideAccumulator sum = new WideAccumulator();
    return (terms, n, row) -> {
      sum.clear();
      for (int i = 0; i < n; i++) {
        sum.add(terms.at(i));
      }
      return sum.round(calc, Rounding.RNE);
    };
  }

  private static double sequence(Terms terms, int n, DoubleUnaryOperator round) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum = round.applyAsDouble(sum + terms.at(i));
    }
    return sum;
  }

  private static RowSum lanes(SumOrder.Lanes order, Format calc) {
    DoubleUnaryOperator round = Arithmetic.rounding(calc);
    LaneSums lanes = new LaneSums(order.count(), order.acc(), calc);
    return (terms, n, row) -> {
      if (order.inOrder() && n < order.count()) {
        return sequence(terms, n, round);
      }
      lanes.clear();
      lanes.deal(terms, 0, n, order.vec());
      return lanes.total(order.group());
    };
  }

  private static RowSum halves(int run, Format calc) {
    return (terms, n, row) -> {
      int vec = n % run == 0 ? run : 1;
      int lanes = Integer.highestOneBit(Math.max(1, 2 * (n / vec) - 1));
      LaneSums sums = new LaneSums(lanes, 1, calc);
      sums.deal(terms, 0, n, vec);
      return sums.total(lanes);
    };
  }
}
