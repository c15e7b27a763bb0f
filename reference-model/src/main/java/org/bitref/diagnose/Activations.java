package org.bitref.diagnose;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.recipe.PointRecipe;

/** Functions that are taken for a model's activation. */
public final class Activations {
  private Activations() {}

  /** One of them. */
  public record Activation(Known name, DoubleUnaryOperator function) {}

  private static final List<Activation> ALL =
      List.of(
          new Activation(Known.SILU, Activations::silu),
          new Activation(Known.GELU, x -> x * 0.5 * (1 + OtherFunctions.erf(x / Math.sqrt(2)))),
          new Activation(Known.GELU_TANH, Activations::geluTanh),
          new Activation(Known.QUICK_GELU, x -> x * sigmoid(1.702 * x)),
          new Activation(Known.STEEP_SILU, x -> x * sigmoid(2 * x)),
          new Activation(Known.SILU_TWICE, x -> silu(silu(x))),
          new Activation(Known.RELU, x -> Math.max(x, 0)),
          new Activation(Known.RELU_SQUARED, x -> x > 0 ? x * x : 0),
          new Activation(Known.SIGMOID, Activations::sigmoid),
          new Activation(Known.TANH, Math::tanh),
          new Activation(Known.SOFTPLUS, Activations::softplus),
          new Activation(Known.HARD_SWISH, x -> x * Math.clamp(x / 6 + 0.5, 0, 1)),
          new Activation(Known.MISH, x -> x * Math.tanh(softplus(x))),
          new Activation(Known.ELU, x -> x > 0 ? x : Math.expm1(x)),
          new Activation(Known.SOFTSIGN, x -> x / (1 + Math.abs(x))),
          new Activation(Known.NOT_ACTIVATED, x -> x));

  /** All but the function of a model's own. */
  public static List<Activation> of(PointRecipe.Kind model) {
    Known own = model == PointRecipe.Kind.GELU ? Known.GELU_TANH : Known.SILU;
    return ALL.stream().filter(one -> one.name() != own).toList();
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  /** x times the logistic function of x. */
  public static double silu(double x) {
    return x * sigmoid(x);
  }

  private static double geluTanh(double x) {
    return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
  }
}
