package org.bitref.replay;

import java.util.Arrays;
import java.util.Optional;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** Products with weights, for many tokens at a time. */
final class Products {
  private Products() {}

  private static final GemmRecipe FLOATS =
      GemmRecipe.parse("in=f32 | fma(acc=f32rne,lanes=1) | seq | none | none | cvt(f32,rne)");

  /** x·wᵀ of operands in float32, with sums in float32. */
  static Rows inFloats(Rows x, Matrix w, Workers workers) {
    if (w.columns() != x.width()) {
      throw new NotReplayable("a weight of " + x.width() + " columns");
    }
    float[] weight = new float[w.rows() * w.columns()];
    double[] row = new double[w.columns()];
    for (int n = 0; n < w.rows(); n++) {
      w.row(n, row);
      for (int i = 0; i < row.length; i++) {
        weight[n * row.length + i] = (float) row[i];
      }
    }
    float[] left = new float[x.values().length];
    for (int i = 0; i < left.length; i++) {
      left[i] = (float) x.values()[i];
    }
    Tensor product =
        Kernels.gemm(FLOATS)
            .multiply(
                Tensor.ofFloats(Shape.of(x.tokens(), x.width()), left),
                Tensor.ofFloats(Shape.of(w.rows(), w.columns()), weight),
                GemmOperands.of(Optional.empty(), Optional.empty()),
                workers);
    return new Rows(x.tokens(), w.rows(), product.toDoubles());
  }

  /**
   * x·wᵀ with sums in float64, or in float32 one term after the other.
   *
   * @param x [tokens][K]
   */
  static Rows of(Rows x, Matrix w, boolean floats, Workers workers) {
    int tokens = x.tokens();
    int k = x.width();
    if (w.columns() != k) {
      throw new NotReplayable("a weight of " + k + " columns");
    }
    double[] columns = new double[k * tokens];
    for (int t = 0; t < tokens; t++) {
      for (int i = 0; i < k; i++) {
        columns[i * tokens + t] = x.values()[t * k + i];
      }
    }
    Rows y = Rows.zeros(tokens, w.rows());
    workers.forEach(
        w.rows(),
        16,
        (from, to) -> {
          double[] row = new double[k];
          double[] sums = new double[tokens];
          for (int n = from; n < to; n++) {
            w.row(n, row);
            Arrays.fill(sums, 0);
            if (floats) {
              addFloats(columns, row, sums);
            } else {
              add(columns, row, sums);
            }
            for (int t = 0; t < tokens; t++) {
              y.values()[t * y.width() + n] = sums[t];
            }
          }
        });
    return y;
  }

  /** Four terms at a time, so that the sums are loaded and stored less often. */
  private static void add(double[] columns, double[] row, double[] sums) {
    int tokens = sums.length;
    int i = 0;
    for (; i + 3 < row.length; i += 4) {
      double a = row[i];
      double b = row[i + 1];
      double c = row[i + 2];
      double d = row[i + 3];
      int at = i * tokens;
      for (int t = 0; t < tokens; t++) {
        sums[t] +=
            a * columns[at + t]
                + b * columns[at + tokens + t]
                + c * columns[at + 2 * tokens + t]
                + d * columns[at + 3 * tokens + t];
      }
    }
    for (; i < row.length; i++) {
      for (int t = 0; t < tokens; t++) {
        sums[t] += row[i] * columns[i * tokens + t];
      }
    }
  }

  private static void addFloats(double[] columns, double[] row, double[] sums) {
    int tokens = sums.length;
    for (int i = 0; i < row.length; i++) {
      double factor = row[i];
      int at = i * tokens;
      for (int t = 0; t < tokens; t++) {
        sums[t] = (float) (sums[t] + factor * columns[at + t]);
      }
    }
  }
}
