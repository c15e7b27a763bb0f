package org.bitref.kernel.stage;

import java.util.function.DoubleUnaryOperator;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.NormRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** RMSNorm as {@link NormRecipe} words it. */
public final class NormKernel {
  private static final int ROWS_PER_PIECE = 16;

  private final NormRecipe recipe;
  private final double eps;
  private final DoubleUnaryOperator calc;
  private final DoubleUnaryOperator out;

  /**
   * A norm with this eps, which is rounded into the recipe's calc format.
   *
   * @param eps added to the mean square, inside the root
   */
  public NormKernel(NormRecipe recipe, double eps) {
    this.recipe = recipe;
    this.calc = Arithmetic.rounding(recipe.calc());
    this.out = Arithmetic.rounding(recipe.output());
    this.eps = calc.applyAsDouble(eps);
  }

  /**
   * Normalises rows of {@code weight.elements()} values.
   *
   * @param x its elements in order are the rows
   * @param weight [width]
   * @param shape of the result, with as many elements as {@code x}
   */
  public Tensor run(Tensor x, Tensor weight, Shape shape, Workers workers) {
    int width = Math.toIntExact(weight.elements());
    double[] w = weight.toDoubles();
    for (int i = 0; i < width; i++) {
      w[i] = recipe.weight().round(w[i], Rounding.RNE);
    }
    TensorBuilder result = new TensorBuilder(DType.of(recipe.output()), shape);
    int rows = Math.toIntExact(x.elements() / width);
    workers.forEach(
        rows,
        ROWS_PER_PIECE,
        (from, to) -> {
          RowSum sum = RowSum.in(recipe.sum(), recipe.calc());
          double[] row = new double[width];
          double[] squares = new double[width];
          for (int r = from; r < to; r++) {
            long at = (long) r * width;
            x.read(at, row, 0, width);
            normalise(row, squares, w, sum);
            for (int i = 0; i < width; i++) {
              result.set(at + i, row[i]);
            }
          }
        });
    return result.build();
  }

  private void normalise(double[] row, double[] squares, double[] w, RowSum sum) {
    int n = row.length;
    for (int i = 0; i < n; i++) {
      squares[i] = calc.applyAsDouble(row[i] * row[i]);
    }
    double meanSquare = calc.applyAsDouble(sum.of(squares, n) / n);
    double radicand = calc.applyAsDouble(meanSquare + eps);
    double root = calc.applyAsDouble(Math.sqrt(radicand));
    double reciprocal = reciprocalRoot(radicand, root);
    for (int i = 0; i < n; i++) {
      row[i] = element(row[i], w[i], root, reciprocal);
    }
  }

  private double reciprocalRoot(double radicand, double root) {
    return switch (recipe.rsqrt()) {
      // For every float, 1 / sqrt in double rounds to the float nearest the true value: none of the
      // 2^24 significands with even and odd exponents comes closer to a tie.
      case CR ->
          recipe.calc() == Format.F64
              ? reciprocalRoot(radicand)
              : calc.applyAsDouble(1 / Math.sqrt(radicand));
      case DIVSQRT -> calc.applyAsDouble(1 / root);
    };
  }

  /** The double nearest 1 / sqrt(x): two roundings, corrected by what they lost. */
  private static double reciprocalRoot(double x) {
    if (!(x > 0 && x < Double.POSITIVE_INFINITY)) {
      return 1 / Math.sqrt(x);
    }
    int exponent = Math.getExponent(x) / 2 * 2;
    double scaled = Math.scalb(x, -exponent);
    double root = Math.sqrt(scaled);
    double reciprocal = 1 / root;
    double rootError = Math.fma(-root, root, scaled) / (2 * root);
    double residual = Math.fma(-reciprocal, root, 1) - reciprocal * rootError;
    return Math.scalb(reciprocal + residual / root, -exponent / 2);
  }

  private double element(double x, double w, double root, double reciprocal) {
    double scaled =
        switch (recipe.form()) {
          case HF, F32_WEIGHT, GEMMA -> calc.applyAsDouble(x * reciprocal);
          case DIV, F32_WEIGHT_DIV -> calc.applyAsDouble(x / root);
        };
    double product =
        switch (recipe.form()) {
          case HF, DIV -> w * out.applyAsDouble(scaled);
          case F32_WEIGHT, F32_WEIGHT_DIV -> w * scaled;
          case GEMMA -> calc.applyAsDouble(1 + w) * scaled;
        };
    return calc.applyAsDouble(product);
  }
}
