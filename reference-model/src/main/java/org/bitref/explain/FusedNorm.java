package org.bitref.explain;

import java.util.List;
import java.util.Optional;
import org.bitref.compare.StoredBits;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.explain.CapturedStage.Ready;
import org.bitref.kernel.Workers;
import org.bitref.model.Plan;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.operation.OperationKind;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Tensor;

/**
 * A norm that reads a residual sum before its rounding: as a rule of a model it is fused with the
 * sum, and reads both terms.
 */
final class FusedNorm {
  private FusedNorm() {}

  /**
   * The recipe with {@code fused}, if it gives every output from the terms that the system stored.
   *
   * @param recipe of the norm on the unrounded sum
   */
  static Optional<StageRecipe> of(
      String stage,
      StageRecipe recipe,
      Plan plan,
      CapturedSystem system,
      StageBinder binder,
      Workers workers) {
    List<Tensor> terms =
        terms(plan.find(stage).orElseThrow(), plan).stream()
            .flatMap(term -> system.find(term.name()).stream())
            .toList();
    if (!(recipe instanceof NormRecipe norm)
        || terms.size() != 2
        || !(binder.bind(system, stage) instanceof Ready ready)) {
      return Optional.empty();
    }
    NormRecipe fused = fused(norm);
    return ready
        .content()
        .as(Norm.class)
        .filter(captured -> isReproduced(captured, terms, fused, workers))
        .map(_ -> fused);
  }

  private static List<StageId> terms(Stage norm, Plan plan) {
    Stage input = plan.stage(norm.inputs().getFirst());
    return input.kind() == OperationKind.ADD ? input.inputs() : List.of();
  }

  private static NormRecipe fused(NormRecipe norm) {
    return new NormRecipe(
        norm.form(),
        norm.calc(),
        norm.sum(),
        norm.mean(),
        norm.eps(),
        norm.place(),
        norm.rsqrt(),
        norm.low(),
        true,
        norm.weight(),
        norm.output());
  }

  private static boolean isReproduced(
      Captured<Norm> captured, List<Tensor> terms, NormRecipe fused, Workers workers) {
    Norm norm = captured.operation();
    if (terms.stream().anyMatch(term -> term.elements() != norm.x().elements())) {
      return false;
    }
    Tensor x = terms.getFirst().reshape(norm.x().shape());
    Tensor addend = terms.getLast().reshape(norm.x().shape());
    Tensor made =
        new Norm(x, Optional.of(addend), norm.weight(), norm.eps(), norm.shape(), norm.fromOne())
            .run(fused, workers);
    Tensor y = captured.y();
    return made.dtype() == y.dtype()
        && StoredBits.equal(made.reshape(y.shape()), y) == y.elements();
  }
}
