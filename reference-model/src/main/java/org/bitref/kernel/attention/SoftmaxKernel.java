package org.bitref.kernel.attention;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.Exponentials;
import org.bitref.kernel.row.RowSum;
import org.bitref.kernel.spec.Arithmetic;
import org.bitref.numerics.Format;
import org.bitref.recipe.SoftmaxRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** The softmax over the last axis as {@link SoftmaxRecipe} words it. */
public final class SoftmaxKernel {
  private final SoftmaxRecipe recipe;
  private final DoubleUnaryOperator calc;
  private final DoubleUnaryOperator step;
  private final DoubleUnaryOperator exponential;

  /** A kernel for rows of any length. */
  public SoftmaxKernel(SoftmaxRecipe recipe) {
    this.recipe = recipe;
    this.calc = Arithmetic.rounding(recipe.calc());
    this.step = Arithmetic.rounding(recipe.step());
    this.exponential = Exponentials.of(recipe.exponential(), recipe.calc());
  }

  /** The softmax of every row. */
  public Tensor run(Tensor x, Workers workers) {
    int width = x.shape().intDim(-1);
    int rows = Math.toIntExact(x.elements() / width);
    TensorBuilder result = new TensorBuilder(DType.of(recipe.output()), x.shape());
    boolean floats = recipe.calc() == Format.F32 && x.dtype().isFloat() && x.dtype() != DType.F64;
    workers.forEach(
        rows,
        1,
        (from, to) -> {
          if (floats) {
            floats(x, width, from, to, result);
          } else {
            doubles(x, width, from, to, result);
          }
        });
    return result.build();
  }

  private void floats(Tensor x, int width, int from, int to, TensorBuilder result) {
    FloatSoftmax softmax = new FloatSoftmax(recipe, x.elements() / width);
    float[] row = new float[width];
    for (int r = from; r < to; r++) {
      long at = (long) r * width;
      x.read(at, row, 0, width);
      softmax.apply(row, width, width, r);
      result.write(at, row, 0, width);
    }
  }

  private void doubles(Tensor x, int width, int from, int to, TensorBuilder result) {
    RowSum sum = sum(x.elements() / width);
    double[] row = new double[width];
    for (int r = from; r < to; r++) {
      long at = (long) r * width;
      x.read(at, row, 0, width);
      apply(row, width, width, sum, r);
      for (int i = 0; i < width; i++) {
        result.set(at + i, row[i]);
      }
    }
  }

  /** The order of the sums of a matrix of so many rows; for one thread. */
  RowSum sum(long rows) {
    return RowSum.in(recipe.sum(), recipe.calc(), rows);
  }

  /**
   * Replaces a row, which is the matrix's {@code index}-th, by its softmax.
   *
   * @param n its length; what is minus infinity becomes zero
   * @param seen all from here on are minus infinity
   */
  void apply(double[] row, int n, int seen, RowSum sum, long index) {
    // One of those stands for them all.
    int m = Math.min(n, seen + 1);
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < m; i++) {
      max = Math.max(max, row[i]);
    }
    for (int i = 0; i < m; i++) {
      row[i] -= max;
    }
    step(row, m);
    for (int i = 0; i < m; i++) {
      row[i] = row[i] == Double.NEGATIVE_INFINITY ? 0 : exponential.applyAsDouble(row[i]);
    }
    step(row, m);
    Arrays.fill(row, m, n, row[m - 1]);
    divide(row, m, step(sum.of(row, n, index)));
    Arithmetic.round(recipe.calc(), row, m);
    Arithmetic.round(recipe.output(), row, m);
    Arrays.fill(row, m, n, row[m - 1]);
  }

  private void divide(double[] row, int n, double total) {
    double reciprocal = step(1 / total);
    switch (recipe.quotient()) {
      case DIV -> {
        for (int i = 0; i < n; i++) {
          row[i] /= total;
        }
      }
      case RCP -> {
        for (int i = 0; i < n; i++) {
          row[i] *= reciprocal;
        }
      }
    }
  }

  private void step(double[] row, int n) {
    Arithmetic.round(recipe.calc(), row, n);
    if (recipe.step() != recipe.calc()) {
      Arithmetic.round(recipe.step(), row, n);
    }
  }

  /** Into the calculation's format, as every operation is, and then into the step's. */
  private double step(double x) {
    return step.applyAsDouble(calc.applyAsDouble(x));
  }
}
