package org.bitref.kernel.row;

import java.util.function.DoubleUnaryOperator;
import org.bitref.kernel.row.RowSum.Terms;

/**
 * {@link org.bitref.recipe.SumOrder.Cascade}: the row is cut into vectors of {@code lanes}
 * elements, and these into groups of four; each of the four columns of vectors is summed in a
 * cascade of four levels, where a level is emptied into the next after 2^p terms.
 */
final class CascadeSum implements RowSum {
  private static final int FLIGHT = 4;
  private static final int LEVELS = 4;

  private final int lanes;
  private final DoubleUnaryOperator round;

  CascadeSum(int lanes, DoubleUnaryOperator round) {
    this.lanes = lanes;
    this.round = round;
  }

  private double add(double a, double b) {
    return round.applyAsDouble(a + b);
  }

  @Override
  public double of(Terms terms, int n, long row) {
    int vectors = n / lanes;
    double sum = 0;
    for (int i = vectors * lanes; i < n; i++) {
      sum = add(sum, terms.at(i));
    }
    for (int lane = 0; lane < lanes; lane++) {
      sum = add(sum, lane(terms, lane, vectors));
    }
    return sum;
  }

  /** The sum of one lane of all vectors. */
  private double lane(Terms terms, int lane, int vectors) {
    int groups = vectors / FLIGHT;
    double[] columns = new double[FLIGHT];
    for (int column = 0; column < FLIGHT; column++) {
      columns[column] = cascade(terms, lane + column * lanes, groups);
    }
    for (int i = groups * FLIGHT; i < vectors; i++) {
      columns[0] = add(columns[0], terms.at(lane + i * lanes));
    }
    for (int column = 1; column < FLIGHT; column++) {
      columns[0] = add(columns[0], columns[column]);
    }
    return columns[0];
  }

  /**
   * Adds terms.at(from), terms.at(from + stride), …: {@code n} of them, a stride being four
   * vectors.
   */
  private double cascade(Terms terms, int from, int n) {
    int stride = FLIGHT * lanes;
    int log = n <= 1 ? 0 : 32 - Integer.numberOfLeadingZeros(n - 1);
    int power = Math.max(4, log / LEVELS);
    int step = 1 << power;
    double[] level = new double[LEVELS];
    int i = 0;
    while (i + step <= n) {
      for (int end = i + step; i < end; i++) {
        level[0] = add(level[0], terms.at(from + i * stride));
      }
      for (int j = 1; j < LEVELS; j++) {
        level[j] = add(level[j], level[j - 1]);
        level[j - 1] = 0;
        if ((i & ((step - 1) << (j * power))) != 0) {
          break;
        }
      }
    }
    for (; i < n; i++) {
      level[0] = add(level[0], terms.at(from + i * stride));
    }
    for (int j = 1; j < LEVELS; j++) {
      level[0] = add(level[0], level[j]);
    }
    return level[0];
  }
}
