package org.bitref.cli.explain;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.compare.Comparer;
import org.bitref.compare.OwnError;
import org.bitref.diagnose.OtherFunction;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.explain.Overflow;
import org.bitref.explain.OwnErrors;
import org.bitref.explain.PairStage;
import org.bitref.explain.Preflight;
import org.bitref.explain.Scope;
import org.bitref.explain.Selection;
import org.bitref.explain.StageReport;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Finding;
import org.bitref.explain.SystemStage.Recomputed;
import org.bitref.operation.OperationKind;
import org.bitref.recipe.Presets;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;
import org.bitref.search.Outcome;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** Explanations of two systems, a and b, that differ in one product. */
final class Told {
  static final String PRODUCT = "layers.0.q_proj";

  private Told() {}

  /**
   * The product of a system.
   *
   * @param preset the recipe that was found or is nearest
   */
  static SystemStage stage(String system, String preset, Finding finding) {
    return stage(system, preset, finding, Set.of(), Optional.empty());
  }

  /** The same of another recipe. */
  static SystemStage stage(String system, StageRecipe recipe, Finding finding) {
    return stage(system, recipe, finding, Set.of(), Optional.empty());
  }

  static SystemStage stage(
      String system,
      String preset,
      Finding finding,
      Set<OtherFunction> function,
      Optional<Overflow> overflow) {
    return stage(system, Presets.GEMM.get(preset).recipe(), finding, function, overflow);
  }

  private static SystemStage stage(
      String system,
      StageRecipe recipe,
      Finding finding,
      Set<OtherFunction> function,
      Optional<Overflow> overflow) {
    Identification found =
        new Identification(
            new Outcome.Classes(2),
            4,
            List.of(new Match(recipe, 4)),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            9);
    Recomputed known =
        new Recomputed(
            OperationKind.PRODUCT, found, List.of(), new OwnError(0, 0, 0), Optional.empty(), 0);
    return new SystemStage(system, DType.F16, finding, function, overflow, Optional.of(known));
  }

  /**
   * What is told of both.
   *
   * @param inputs how many of two values are equal in what they started from
   */
  static Explanation of(Conclusion verdict, SystemStage a, SystemStage b, int inputs) {
    PairStage pair =
        new PairStage(
            "a",
            "b",
            Comparer.compare(
                Tensor.ofFloats(Shape.of(2), 1, 2), Tensor.ofFloats(Shape.of(2), 1, 3)),
            new PairStage.MeanDifference(0.5, 0.5, 2),
            Optional.empty(),
            Optional.of(new OwnErrors(0.5, 1, 0.1)),
            new PairStage.Places(
                List.of(), List.of(), new PairStage.ErrorMap(2, 1, List.of(List.of(0.5)))));
    Optional<String> start = Optional.of(PRODUCT);
    return new Explanation(
        List.of(),
        new Preflight(
            List.of(), 0, List.of(new Preflight.Check("inputs_embeds", "a", "b", inputs, 2))),
        new Scope(Selection.ALL, 1, 1, 1, List.of()),
        List.of(new StageReport(PRODUCT, List.of(a, b), List.of(pair))),
        List.of(new Chain("a", "b", start, start, List.of(), Optional.empty())),
        List.of(),
        Map.of(),
        verdict);
  }
}
