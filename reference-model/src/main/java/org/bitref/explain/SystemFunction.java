package org.bitref.explain;

import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.bitref.diagnose.Damage;
import org.bitref.diagnose.Diagnosed;
import org.bitref.diagnose.NormChanges;
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
import org.bitref.replay.Replayed;
import org.bitref.search.Identification;
import org.bitref.tensor.Tensor;

/**
 * What a system computes in a stage.
 *
 * @param others where that differs from the model's function; none if it does not
 * @param exact the exact result of what it computes
 * @param finding what is known of the stage by this function, where the model's does not explain it
 */
record SystemFunction(Set<OtherFunction> others, Tensor exact, Optional<Finding> finding) {

  /**
   * By the recipes that reproduce a norm; of other stages by trial, where no recipe of the model's
   * function gives the outputs and no damage does.
   *
   * @param asModels what is known of the stage if it computes the model's function
   * @param models the exact result of that
   * @param replayed the stage under other functions
   */
  static SystemFunction of(
      Captured<?> stage,
      Identification found,
      Finding asModels,
      Tensor models,
      Supplier<Replayed> replayed,
      Workers workers) {
    SystemFunction asModel = new SystemFunction(Set.of(), models, Optional.empty());
    if (asModels instanceof Finding.Reproduced) {
      return stage.operation() instanceof Norm norm
          ? ofNorm(norm, NormChanges.of(found, norm), models, workers)
          : asModel;
    }
    if (asModels instanceof Finding.Damaged(var corruption)
        && corruption.damage() instanceof Damage.Window(int keys)
        && stage.operation() instanceof Attention attention) {
      // A window is a function that a model may have, not damage.
      Attention windowed = attention.withFunction(attention.function().withWindow(keys));
      Tensor exact = windowed.exact(workers);
      return inside(new OtherFunction.Window(keys), exact, Bound.FUSED_ATTENTION);
    }
    if (asModels instanceof Finding.Damaged(var corruption)
        && corruption.pattern() != Pattern.UNNAMED) {
      return replayed.get() instanceof Replayed.Follows follows && says(follows.others())
          ? ofReplay(follows, asModels, models)
          : asModel;
    }
    Optional<Found> constant =
        isOpen(asModels, found) ? OtherFunctions.of(stage, models) : Optional.empty();
    return constant
        .map(is -> inside(is.function(), is.exact(), Bound.RECIPES))
        .orElseGet(() -> ofReplay(replayed.get(), asModels, models));
  }

  /** True of a function that says more than damage with a name does. */
  private static boolean says(Set<OtherFunction> others) {
    return others.stream().anyMatch(other -> !(other instanceof OtherFunction.LowRank));
  }

  /** Another function; or rounding of the model's where nothing else decides. */
  private static SystemFunction ofReplay(Replayed replayed, Finding asModels, Tensor models) {
    boolean undecided =
        asModels instanceof Finding.Searched(Status status)
            && (status == Status.UNEXPLAINED || status == Status.INCONCLUSIVE);
    return replayed instanceof Replayed.Follows follows
            && (undecided || !follows.others().isEmpty())
        ? new SystemFunction(
            follows.others(),
            follows.exact().orElse(models),
            Optional.of(new Finding.FromEarlier(follows)))
        : new SystemFunction(Set.of(), models, Optional.empty());
  }

  private static SystemFunction inside(OtherFunction function, Tensor exact, Bound bound) {
    return new SystemFunction(Set.of(function), exact, Optional.of(new Finding.Inside(bound)));
  }

  private static SystemFunction ofNorm(
      Norm norm, Set<OtherFunction> others, Tensor models, Workers workers) {
    Tensor exact = others.isEmpty() ? models : exact(norm, others, workers);
    return new SystemFunction(others, exact, Optional.empty());
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
    return new Norm(norm.x(), norm.addend(), weight, eps, norm.shape(), norm.fromOne())
        .exact(workers);
  }

  private static Tensor onePlus(Tensor weight) {
    double[] sums = weight.toDoubles();
    for (int i = 0; i < sums.length; i++) {
      sums[i] += 1;
    }
    return Tensor.ofDoubles(weight.shape(), sums);
  }
}
