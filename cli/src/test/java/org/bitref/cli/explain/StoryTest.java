package org.bitref.cli.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.compare.Comparer;
import org.bitref.compare.OwnError;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.explain.Gap;
import org.bitref.explain.PairStage;
import org.bitref.explain.Preflight;
import org.bitref.explain.Scope;
import org.bitref.explain.Selection;
import org.bitref.explain.StageReport;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Finding;
import org.bitref.explain.SystemStage.Recomputed;
import org.bitref.recipe.Presets;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;
import org.bitref.search.Outcome;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What is told of two systems that multiply with different accumulators. */
class StoryTest {
  private static final String PRODUCT = "layers.0.q_proj";

  private static SystemStage reproduced(String system, String preset, Optional<String> by) {
    StageRecipe recipe = Presets.GEMM.get(preset).recipe();
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
    return new SystemStage(
        system,
        DType.F16,
        new Finding.Reproduced(by),
        Set.of(),
        Optional.empty(),
        Optional.of(new Recomputed(found, List.of(), new OwnError(0, 0, 0), Optional.empty(), 0)));
  }

  private static Explanation explanation() {
    Tensor left = Tensor.ofFloats(Shape.of(2), 1, 2);
    Tensor right = Tensor.ofFloats(Shape.of(2), 1, 3);
    PairStage pair =
        new PairStage(
            "a",
            "b",
            Comparer.compare(left, right),
            new PairStage.MeanDifference(0.5, 0.5, 2),
            Optional.empty(),
            Optional.of(PairStage.Nearer.A),
            new PairStage.Places(
                List.of(), List.of(), new PairStage.ErrorMap(2, 1, List.of(List.of(0.5)))));
    StageReport stage =
        new StageReport(
            PRODUCT,
            List.of(
                reproduced("a", "hopper-f16-f32acc", Optional.empty()),
                reproduced("b", "tensorrt-f16-f16acc", Optional.empty())),
            List.of(pair));
    return new Explanation(
        List.of(),
        new Preflight(List.of(), 0, List.of(new Preflight.Check("inputs_embeds", "a", "b", 1, 2))),
        new Scope(Selection.ALL, 1, 1, 1, List.of()),
        List.of(stage),
        List.of(new Chain("a", "b", Optional.of(PRODUCT), Optional.of(PRODUCT), List.of())),
        List.of(),
        Map.of(),
        Conclusion.INCONCLUSIVE);
  }

  private static String answer(String question) {
    Explanation found = explanation();
    return Story.of(found, found.chain()).answers().stream()
        .filter(answer -> answer.question().equals(question))
        .findFirst()
        .orElseThrow()
        .answer();
  }

  @Test
  void theCauseIsTheAccumulatorAndTheAdviceFloat32() {
    String cause = answer("What explains it?");
    assertTrue(cause.contains("a: float32 accumulator"), cause);
    assertTrue(cause.contains("b: float16 accumulator"), cause);
    String change = answer("What to change?");
    assertTrue(change.startsWith("b: cast the MatMul's inputs to FP32"), change);
  }

  @Test
  void unequalInputsAreNotBlamedOnAProduct() {
    String answer = answer("Did both start from the same?");
    assertTrue(answer.startsWith("No: unequal are inputs_embeds"), answer);
  }

  @Test
  void whatALaterStageTellsIsSaid() {
    assertEquals(
        "2 classes of recipes reproduce every output and differ on other inputs; the first of them"
            + " is the one whose unrounded result explains layers.0.q_proj",
        StageWords.reason(reproduced("a", "hopper-f16-f32acc", Optional.of(PRODUCT))));
  }

  @Test
  void aMissingWeightCanBeGiven() {
    assertTrue(StageWords.gap(Gap.Other.WEIGHT).contains("--weights"));
  }
}
