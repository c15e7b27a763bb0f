package org.bitref.kernel.row;

import java.util.function.DoubleUnaryOperator;
import org.bitref.functions.CudaMath;
import org.bitref.kernel.Workers;
import org.bitref.kernel.spec.Arithmetic;
import org.bitref.numerics.Fma;
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
  private final boolean fromOne;
  private final double eps;
  private final DoubleUnaryOperator calc;
  private final DoubleUnaryOperator out;
  private final DoubleUnaryOperator step;

  /**
   * A norm with this eps, unless the recipe has its own; it is rounded into the recipe's calc
   * format.
   *
   * @param eps added to the mean square, inside the root
   */
  public NormKernel(NormRecipe recipe, double eps) {
    this(recipe, eps, false);
  }

  /**
   * As above.
   *
   * @param fromOne true if weights are 1 plus a stored number
   */
  public NormKernel(NormRecipe recipe, double eps, boolean fromOne) {
    this.recipe = recipe;
    this.fromOne = fromOne;
    this.calc = Arithmetic.rounding(recipe.calc());
    this.out = Arithmetic.rounding(recipe.output());
    this.step = recipe.low() ? x -> out.applyAsDouble(calc.applyAsDouble(x)) : calc;
    this.eps = step.applyAsDouble(recipe.eps().orElse(eps));
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
      w[i] = weight(w[i]);
    }
    TensorBuilder result = new TensorBuilder(DType.of(recipe.output()), shape);
    forEachRow(
        x,
        width,
        workers,
        (r, row, sum) -> {
          normalise(row, w, sum);
          for (int i = 0; i < width; i++) {
            result.set(r * width + i, row[i]);
          }
        });
    return result.build();
  }

  private double weight(double w) {
    return addsOne() && fromOne
        ? calc.applyAsDouble(1 + recipe.weight().round(w - 1, Rounding.RNE))
        : recipe.weight().round(w, Rounding.RNE);
  }

  /** True for transformers' norm of Gemma, which rounds once. */
  private boolean addsOne() {
    return recipe.form() == NormRecipe.Form.GEMMA
        || (recipe.form() == NormRecipe.Form.HF && fromOne);
  }

  /** What the elements of a row are divided by or multiplied with. */
  public record Scale(double root, double reciprocal) {}

  /**
   * The sums of squares of some rows, before they become means.
   *
   * @param at which rows they are
   * @param all how many there are, which may matter to the order of the sum
   */
  public double[] sums(double[][] rows, int[] at, long all, Workers workers) {
    double[] sums = new double[at.length];
    workers.forEach(
        at.length,
        ROWS_PER_PIECE,
        (from, to) -> {
          RowSum order = RowSum.in(recipe.sum(), recipe.calc(), all);
          for (int i = from; i < to; i++) {
            double[] squares = new double[rows[i].length];
            squares(rows[i], squares);
            sums[i] = order.of(squares, squares.length, at[i]);
          }
        });
    return sums;
  }

  /** The scale of a row of {@code width} values whose squares have this sum. */
  public Scale scale(double sum, int width) {
    double radicand = radicand(mean(sum, width));
    double root = root(radicand);
    return new Scale(root, reciprocalRoot(radicand, root));
  }

  /**
   * One element of the result, rounded into the recipe's output.
   *
   * @param w the weight, already in the recipe's weight format
   */
  public double element(double x, double w, Scale scale) {
    return out.applyAsDouble(product(x, w, scale));
  }

  /** The mean square of every row of {@code width} values, in the format of the calculation. */
  public Tensor meanSquares(Tensor x, int width, Workers workers) {
    long rows = x.elements() / width;
    TensorBuilder result = new TensorBuilder(DType.of(recipe.calc()), Shape.of(rows));
    forEachRow(x, width, workers, (r, row, sum) -> result.set(r, mean(sum, width)));
    return result.build();
  }

  /** The reciprocal root of these mean squares, eps included. */
  public Tensor reciprocalRoots(Tensor meanSquares) {
    TensorBuilder result = new TensorBuilder(DType.of(recipe.calc()), meanSquares.shape());
    for (long r = 0; r < meanSquares.elements(); r++) {
      double radicand = radicand(meanSquares.get(r));
      result.set(r, reciprocalRoot(radicand, root(radicand)));
    }
    return result.build();
  }

  /** What is done with a row and the sum of its squares. */
  private interface RowTask {
    void run(long r, double[] row, double sum);
  }

  private void forEachRow(Tensor x, int width, Workers workers, RowTask task) {
    int rows = Math.toIntExact(x.elements() / width);
    workers.forEach(
        rows,
        ROWS_PER_PIECE,
        (from, to) -> {
          RowSum order = RowSum.in(recipe.sum(), recipe.calc(), rows);
          double[] row = new double[width];
          double[] squares = new double[width];
          for (int r = from; r < to; r++) {
            x.read((long) r * width, row, 0, width);
            squares(row, squares);
            task.run(r, row, order.of(squares, width, r));
          }
        });
  }

  private void squares(double[] row, double[] squares) {
    for (int i = 0; i < row.length; i++) {
      squares[i] = step.applyAsDouble(row[i] * row[i]);
    }
  }

  private void normalise(double[] row, double[] w, double sum) {
    Scale scale = scale(sum, row.length);
    for (int i = 0; i < row.length; i++) {
      row[i] = product(row[i], w[i], scale);
    }
  }

  private double radicand(double meanSquare) {
    return inside() ? step.applyAsDouble(meanSquare + eps) : meanSquare;
  }

  private double root(double radicand) {
    double root = step.applyAsDouble(Math.sqrt(radicand));
    return inside() ? root : step.applyAsDouble(root + eps);
  }

  private boolean inside() {
    return recipe.place() == NormRecipe.Place.INSIDE;
  }

  private double mean(double sum, int n) {
    return step.applyAsDouble(
        switch (recipe.mean()) {
          case DIV -> sum / n;
          case MUL -> sum * calc.applyAsDouble(1.0 / n);
        });
  }

  private double reciprocalRoot(double radicand, double root) {
    return switch (recipe.rsqrt()) {
      // For every float, 1 / sqrt in double rounds to the float nearest the true value: none of the
      // 2^24 significands with even and odd exponents comes closer to a tie.
      case CR ->
          !inside()
              ? step.applyAsDouble(1 / root)
              : recipe.calc() == Format.F64
                  ? reciprocalRoot(radicand)
                  : step.applyAsDouble(1 / Math.sqrt(radicand));
      case DIVSQRT -> step.applyAsDouble(1 / root);
      case SFU -> step.applyAsDouble(CudaMath.rsqrtf((float) radicand));
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
    double rootError = Fma.of(-root, root, scaled) / (2 * root);
    double residual = Fma.of(-reciprocal, root, 1) - reciprocal * rootError;
    return Math.scalb(reciprocal + residual / root, -exponent / 2);
  }

  /** One element before it is rounded into the output. */
  private double product(double x, double w, Scale scale) {
    double scaled =
        switch (recipe.form()) {
          case HF, F32_WEIGHT, GEMMA -> step.applyAsDouble(x * scale.reciprocal);
          case DIV, F32_WEIGHT_DIV -> step.applyAsDouble(x / scale.root);
        };
    if (addsOne()) {
      return calc.applyAsDouble((fromOne ? w : step.applyAsDouble(1 + w)) * scaled);
    }
    boolean rounded = recipe.form() == NormRecipe.Form.HF || recipe.form() == NormRecipe.Form.DIV;
    return calc.applyAsDouble(w * (rounded ? out.applyAsDouble(scaled) : scaled));
  }
}
