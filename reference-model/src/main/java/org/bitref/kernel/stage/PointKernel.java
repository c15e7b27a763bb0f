package org.bitref.kernel.stage;

import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.bitref.kernel.Workers;
import org.bitref.recipe.PointRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Element-wise stages as {@link PointRecipe} words them. */
public final class PointKernel {
  private static final int PIECE = 1 << 14;

  private final PointRecipe recipe;
  private final DoubleUnaryOperator calc;
  private final DoubleUnaryOperator out;
  private final DoubleUnaryOperator exponential;

  /** A kernel of any kind. */
  public PointKernel(PointRecipe recipe) {
    this.recipe = recipe;
    this.calc = Arithmetic.rounding(recipe.calc());
    this.out = Arithmetic.rounding(recipe.output());
    this.exponential = Exponentials.of(recipe.exponential(), recipe.calc());
  }

  /** CAST or SILU of every element. */
  public Tensor run(Tensor x, Workers workers) {
    return switch (recipe.kind()) {
      case CAST -> map(x, x, (a, ignored) -> a, workers);
      case SILU -> map(x, x, (a, ignored) -> silu(a), workers);
      case ADD, MUL -> throw new IllegalArgumentException(recipe.text() + " takes two operands");
    };
  }

  /** ADD or MUL of elements at the same place; the tensors have as many elements. */
  public Tensor run(Tensor a, Tensor b, Workers workers) {
    return switch (recipe.kind()) {
      case ADD -> map(a, b, (x, y) -> x + y, workers);
      case MUL -> map(a, b, (x, y) -> x * y, workers);
      case CAST, SILU -> throw new IllegalArgumentException(recipe.text() + " takes one operand");
    };
  }

  private double silu(double x) {
    double e = exponential.applyAsDouble(-x);
    return switch (recipe.form()) {
      case DIV -> x / calc.applyAsDouble(1 + e);
      case MUL -> x * rounded(1 / calc.applyAsDouble(1 + e));
      case LOW -> x * rounded(1 / rounded(1 + rounded(e)));
    };
  }

  private double rounded(double x) {
    return out.applyAsDouble(calc.applyAsDouble(x));
  }

  private Tensor map(Tensor a, Tensor b, DoubleBinaryOperator f, Workers workers) {
    TensorBuilder out = new TensorBuilder(DType.of(recipe.output()), a.shape());
    long n = a.elements();
    int pieces = Math.toIntExact((n + PIECE - 1) / PIECE);
    workers.forEach(
        pieces,
        1,
        (from, to) -> {
          double[] x = new double[(int) Math.min(PIECE, n)];
          double[] y = new double[x.length];
          for (int piece = from; piece < to; piece++) {
            long at = (long) piece * PIECE;
            int count = (int) Math.min(PIECE, n - at);
            a.read(at, x, 0, count);
            b.read(at, y, 0, count);
            for (int i = 0; i < count; i++) {
              out.set(at + i, calc.applyAsDouble(f.applyAsDouble(x[i], y[i])));
            }
          }
        });
    return out.build();
  }
}
