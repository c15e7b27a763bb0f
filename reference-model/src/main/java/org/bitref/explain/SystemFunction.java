package org.bitref.explain;

import java.util.Optional;
import java.util.Set;
import org.bitref.diagnose.Damage;
import org.bitref.diagnose.Diagnosed;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunctions;
import org.bitref.diagnose.OtherFunctions.Found;
import org.bitref.diagnose.Pattern;
import org.bitref.explain.SystemStage.Bound;
import org.bitref.explain.SystemStage.Finding;
import org.bitref.explain.SystemStage.Status;
import org.bitref.kernel.Workers;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.search.Identification;
import org.bitref.tensor.Tensor;

/**
 * What a system computes in a stage.
 *
 * @param others where that differs from the model's function; none if it does not
 * @param exact the exact result of what it computes
 * @param inside the bound that explains every output where no recipe does and the model's function
 *     does not either
 */
record SystemFunction(Set<OtherFunction> others, Tensor exact, Optional<Bound> inside) {

  /**
   * By the recipes that reproduce a norm; of other stages by trial, where no rounding of the
   * model's function explains the outputs and no damage does.
   *
   * @param asModels what is known of the stage if it computes the model's function
   * @param models the exact result of that
   */
  static SystemFunction of(
      Captured<?> stage, Identification found, Finding asModels, Tensor models, Workers workers) {
    if (stage.operation() instanceof Norm norm) {
      Set<OtherFunction> others = OtherFunction.ofNorm(found, norm);
      Tensor exact = others.isEmpty() ? models : exact(norm, others, workers);
      return new SystemFunction(others, exact, Optional.empty());
    }
    if (asModels instanceof Finding.Damaged(var corruption)
        && corruption.damage() instanceof Damage.Window(int keys)
        && stage.operation() instanceof Attention attention) {
      // A window is a function that a model may have, not damage.
      Attention windowed = attention.withFunction(attention.function().withWindow(keys));
      Tensor exact = windowed.exact(workers);
      return new SystemFunction(
          Set.of(new OtherFunction.Window(keys)), exact, Optional.of(Bound.FUSED_ATTENTION));
    }
    return (isOpen(asModels, found) ? OtherFunctions.of(stage, models) : Optional.<Found>empty())
        .map(
            is -> new SystemFunction(Set.of(is.function()), is.exact(), Optional.of(Bound.RECIPES)))
        .orElse(new SystemFunction(Set.of(), models, Optional.empty()));
  }

  /** Outside every rounding bound, the coarsest too, and nothing more is known. */
  private static boolean isOpen(Finding finding, Identification found) {
    return switch (finding) {
      case Finding.Searched(Status status) ->
          status == Status.CORRUPT || found.outcome() instanceof Diagnosed.Loose;
      case Finding.Damaged(var corruption) -> corruption.pattern() == Pattern.UNNAMED;
      default -> false;
    };
  }

  private static Tensor exact(Norm norm, Set<OtherFunction> others, Workers workers) {
    double eps = norm.eps();
    Tensor weight = norm.weight();
    for (OtherFunction other : others) {
      eps = other instanceof OtherFunction.Epsilon(double used, double _) ? used : eps;
      weight = other == OtherFunction.Known.ONE_PLUS_WEIGHT ? onePlus(weight) : weight;
    }
    return new Norm(norm.x(), norm.addend(), weight, eps, norm.shape()).exact(workers);
  }

  private static Tensor onePlus(Tensor weight) {
    double[] sums = weight.toDoubles();
    for (int i = 0; i < sums.length; i++) {
      sums[i] += 1;
    }
    return Tensor.ofDoubles(weight.shape(), sums);
  }
}
