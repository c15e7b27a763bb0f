package org.bitref.replay;

import java.util.Optional;
import java.util.Set;
import org.bitref.diagnose.OtherFunction;

/**
 * The one element of a weight that explains a column of errors: they are a multiple of one column
 * of the input.
 */
final class WeightElement {
  private WeightElement() {}

  /**
   * @param product about to be computed
   * @param errors of the model's product
   */
  static Optional<Variant> of(Step product, Rows errors) {
    Rows x = product.in(0);
    int row = worst(errors);
    int column = 0;
    double most = 0;
    for (int k = 0; k < x.width(); k++) {
      double along = along(errors, row, x, k);
      double explained = along * along * dot(x, k, x, k);
      if (explained > most) {
        most = explained;
        column = k;
      }
    }
    double off = along(errors, row, x, column);
    return off == 0 ? Optional.empty() : Optional.of(variant(product, row, column, off));
  }

  private static Variant variant(Step product, int row, int column, double off) {
    Matrix weight = product.weight();
    double[] elements = new double[weight.columns()];
    weight.row(row, elements);
    return new Variant(
        new OtherFunction.WeightElement(row, column, elements[column] + off, elements[column]),
        Set.of(product.last()),
        step -> {
          Rows right = step.normal();
          double[] y = right.values().clone();
          for (int t = 0; t < right.tokens(); t++) {
            y[t * right.width() + row] += off * step.in(0).get(t, column);
          }
          return new Rows(right.tokens(), right.width(), y);
        });
  }

  /** The column with the largest errors. */
  private static int worst(Rows errors) {
    int worst = 0;
    for (int i = 1; i < errors.width(); i++) {
      worst = dot(errors, i, errors, i) > dot(errors, worst, errors, worst) ? i : worst;
    }
    return worst;
  }

  /** The multiple of a column of the input that comes nearest to a column of errors. */
  private static double along(Rows errors, int row, Rows x, int column) {
    double size = dot(x, column, x, column);
    return size == 0 ? 0 : dot(errors, row, x, column) / size;
  }

  private static double dot(Rows a, int i, Rows b, int j) {
    double sum = 0;
    for (int t = 0; t < a.tokens(); t++) {
      sum += a.get(t, i) * b.get(t, j);
    }
    return sum;
  }
}
