package org.bitref.kernel.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Scales;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.Epilogue;
import org.bitref.tensor.Tensor;

/** The meaning of a recipe's epilogue. Not thread-safe. */
public final class Steps {
  /** One step applied to the sum of output (m, n). */
  @FunctionalInterface
  private interface Step {
    double apply(double sum, long m, long n);
  }

  private final List<Step> steps = new ArrayList<>();
  private float alpha;

  /**
   * @param columns N
   * @throws IllegalArgumentException if a step's operand is missing, or not one for all of K
   */
  Steps(Epilogue epilogue, GemmOperands operands, long columns) {
    this.alpha = operands.alpha();
    for (Epilogue.Step step : epilogue.steps()) {
      steps.add(step(step, operands, columns));
    }
  }

  private Step step(Epilogue.Step step, GemmOperands operands, long columns) {
    Arithmetic arithmetic = Arithmetic.nearest(step.format());
    return switch (step) {
      case Epilogue.Mul mul -> {
        Factor factor = factor(mul.by(), operands.scales());
        yield (sum, m, n) -> arithmetic.multiply(factor.of(m, n), sum);
      }
      case Epilogue.Fma _ -> {
        Tensor c = present(operands.c(), "c");
        yield (sum, m, n) ->
            arithmetic.fma(
                operands.alpha(),
                sum,
                arithmetic.multiply(operands.beta(), c.get(m * columns + n)));
      }
      case Epilogue.AddBias _ -> {
        Tensor bias = present(operands.bias(), "bias");
        yield (sum, _, n) -> arithmetic.add(sum, bias.get(n));
      }
      case Epilogue.AddResidual _ -> {
        Tensor residual = present(operands.residual(), "residual");
        yield (sum, m, n) -> arithmetic.add(sum, residual.get(m * columns + n));
      }
      case Epilogue.Act act -> (sum, _, _) -> arithmetic.round(function(act.function(), sum));
      case Epilogue.Cvt cvt -> (sum, _, _) -> convert(cvt, sum);
    };
  }

  /** What output (m, n) is multiplied by. */
  @FunctionalInterface
  private interface Factor {
    float of(long m, long n);
  }

  private Factor factor(Epilogue.Factor by, Scales scales) {
    if (by == Epilogue.Factor.ALPHA && scales.isEmpty()) {
      return (_, _) -> alpha;
    }
    scales.checkConstant(0, scales.depth() - 1);
    return switch (by) {
      case ALPHA -> (m, n) -> scales.alpha(m, n, 0);
      case SX -> (m, _) -> scales.ofX(m, 0);
      case SW -> (_, n) -> scales.ofW(n, 0);
    };
  }

  void setAlpha(float other) {
    alpha = other;
  }

  private static Tensor present(Optional<Tensor> operand, String name) {
    return operand.orElseThrow(
        () -> new IllegalArgumentException("the recipe's epilogue needs the operand " + name));
  }

  private static double function(Epilogue.Function function, double x) {
    return switch (function) {
      case RELU -> x < 0 ? 0 : x;
      case SIGMOID -> 1 / (1 + StrictMath.exp(-x));
      case SILU -> x / (1 + StrictMath.exp(-x));
    };
  }

  /** The conversion of a sum. */
  public static double convert(Epilogue.Cvt cvt, double x) {
    return switch (cvt.conversion()) {
      case RNE -> cvt.format().round(x, Rounding.RNE);
      case RZ -> cvt.format().round(x, Rounding.RZ);
      case SATFINITE -> cvt.format().saturate(x);
    };
  }

  /** All steps of output (m, n). */
  double apply(double sum, long m, long n) {
    double result = sum;
    for (Step step : steps) {
      result = step.apply(result, m, n);
    }
    return result;
  }
}
