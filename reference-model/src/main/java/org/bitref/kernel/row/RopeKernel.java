package org.bitref.kernel.row;

import java.util.function.DoubleUnaryOperator;
import org.bitref.kernel.Workers;
import org.bitref.kernel.spec.Arithmetic;
import org.bitref.recipe.RopeRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** The rotation of heads as {@link RopeRecipe} words it. */
public final class RopeKernel {
  private final DoubleUnaryOperator calc;
  private final DoubleUnaryOperator out;
  private final DoubleUnaryOperator product;
  private final RopeRecipe recipe;

  /** A kernel for heads of any number and length. */
  public RopeKernel(RopeRecipe recipe) {
    this.recipe = recipe;
    this.calc = Arithmetic.rounding(recipe.calc());
    this.out = Arithmetic.rounding(recipe.output());
    this.product =
        switch (recipe.form()) {
          case HF, HALF_FMA -> x -> out.applyAsDouble(calc.applyAsDouble(x));
          case EDGE, EDGE_FMA -> calc;
        };
  }

  /**
   * Rotates [B, S, heads, D] into [B, heads, S, D].
   *
   * @param cos [B, S, D]
   * @param sin [B, S, D]
   */
  public Tensor run(Tensor x, Tensor cos, Tensor sin, Workers workers) {
    int batch = x.shape().intDim(0);
    int tokens = x.shape().intDim(1);
    int heads = x.shape().intDim(2);
    int d = x.shape().intDim(3);
    TensorBuilder result =
        new TensorBuilder(DType.of(recipe.output()), Shape.of(batch, heads, tokens, d));
    workers.forEach(
        batch * tokens,
        16,
        (from, to) -> {
          double[] c = new double[d];
          double[] s = new double[d];
          double[] head = new double[d];
          for (int row = from; row < to; row++) {
            cos.read((long) row * d, c, 0, d);
            sin.read((long) row * d, s, 0, d);
            for (int h = 0; h < heads; h++) {
              x.read(((long) row * heads + h) * d, head, 0, d);
              int b = row / tokens;
              long at = (((long) b * heads + h) * tokens + row % tokens) * d;
              rotate(head, c, s, result, at);
            }
          }
        });
    return result.build();
  }

  private void rotate(double[] x, double[] cos, double[] sin, TensorBuilder result, long at) {
    int half = x.length / 2;
    for (int i = 0; i < half; i++) {
      result.set(at + i, turned(x[i], cos[i], -x[i + half], sin[i]));
      result.set(at + i + half, turned(x[i + half], cos[i + half], x[i], sin[i + half]));
    }
  }

  private double turned(double x, double cos, double other, double sin) {
    double a = product.applyAsDouble(x * cos);
    return switch (recipe.form()) {
      case HF, EDGE -> calc.applyAsDouble(a + product.applyAsDouble(other * sin));
      case EDGE_FMA -> Arithmetic.fma(other, sin, a, calc);
      case HALF_FMA -> Arithmetic.fma(other, sin, a, out);
    };
  }
}
