package org.bitref.explain;

import java.util.Optional;
import java.util.Set;
import org.bitref.diagnose.Damage;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunctions;
import org.bitref.explain.SystemStage.Finding;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.search.Identification;
import org.bitref.tensor.Tensor;

/**
 * What a system computes in a stage.
 *
 * @param others where that differs from the model's function; none if it does not
 * @param exact the exact result of what it computes
 * @param inside true if a function explains every output that no recipe reproduces
 */
record SystemFunction(Set<OtherFunction> others, Tensor exact, boolean inside) {

  /**
   * By the recipes that reproduce a norm; of other stages, where outputs lie outside the bound of
   * the model's function, by trial.
   *
   * @param models the exact result of the model's function
   */
  static SystemFunction of(
      Captured<?> stage, Identification found, Tensor models, boolean outside, Workers workers) {
    if (stage.operation() instanceof Norm norm) {
      Set<OtherFunction> others = OtherFunction.ofNorm(found, norm);
      Tensor exact = others.isEmpty() ? models : exact(norm, others, workers);
      return new SystemFunction(others, exact, false);
    }
    Optional<OtherFunctions.Found> other =
        outside ? OtherFunctions.of(stage, models) : Optional.empty();
    return other
        .map(is -> new SystemFunction(Set.of(is.function()), is.exact(), true))
        .orElse(new SystemFunction(Set.of(), models, false));
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

  /** A window is a function that a model may have, not damage. */
  static Optional<OtherFunction> window(Finding finding) {
    return finding instanceof Finding.Damaged(var corruption)
            && corruption.damage() instanceof Damage.Window(int keys)
        ? Optional.of(new OtherFunction.Window(keys))
        : Optional.empty();
  }
}
