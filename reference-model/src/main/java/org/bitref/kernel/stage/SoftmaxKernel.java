package org.bitref.kernel.stage;

import java.util.function.DoubleUnaryOperator;
import org.bitref.kernel.Workers;
import org.bitref.recipe.SoftmaxRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** The softmax over the last axis as {@link SoftmaxRecipe} words it. */
public final class SoftmaxKernel {
  private final SoftmaxRecipe recipe;
  private final DoubleUnaryOperator calc;
  private final DoubleUnaryOperator step;
  private final DoubleUnaryOperator out;
  private final DoubleUnaryOperator exponential;

  /** A kernel for rows of any length. */
  public SoftmaxKernel(SoftmaxRecipe recipe) {
    this.recipe = recipe;
    this.calc = Arithmetic.rounding(recipe.calc());
    this.step = Arithmetic.rounding(recipe.step());
    this.out = Arithmetic.rounding(recipe.output());
    this.exponential = Exponentials.of(recipe.exponential(), recipe.calc());
  }

  /** The softmax of every row. */
  public Tensor run(Tensor x, Workers workers) {
    int width = x.shape().intDim(-1);
    int rows = Math.toIntExact(x.elements() / width);
    TensorBuilder result = new TensorBuilder(DType.of(recipe.output()), x.shape());
    workers.forEach(
        rows,
        1,
        (from, to) -> {
          RowSum sum = sum(rows);
          double[] row = new double[width];
          for (int r = from; r < to; r++) {
            long at = (long) r * width;
            x.read(at, row, 0, width);
            apply(row, sum, r);
            for (int i = 0; i < width; i++) {
              result.set(at + i, row[i]);
            }
          }
        });
    return result.build();
  }

  /** The order of the sums of a matrix of so many rows; for one thread. */
  RowSum sum(long rows) {
    return RowSum.in(recipe.sum(), recipe.calc(), rows);
  }

  /** Replaces a row, which is the matrix's {@code index}-th, by its softmax. */
  void apply(double[] row, RowSum sum, long index) {
    double max = Double.NEGATIVE_INFINITY;
    for (double x : row) {
      max = Math.max(max, x);
    }
    for (int i = 0; i < row.length; i++) {
      row[i] = step(exponential.applyAsDouble(step(row[i] - max)));
    }
    double total = step(sum.of(row, row.length, index));
    double reciprocal = step(1 / total);
    for (int i = 0; i < row.length; i++) {
      double quotient =
          switch (recipe.quotient()) {
            case DIV -> row[i] / total;
            case RCP -> row[i] * reciprocal;
          };
      row[i] = out.applyAsDouble(calc.applyAsDouble(quotient));
    }
  }

  /** Into the calculation's format, as every operation is, and then into the step's. */
  private double step(double x) {
    return step.applyAsDouble(calc.applyAsDouble(x));
  }
}
