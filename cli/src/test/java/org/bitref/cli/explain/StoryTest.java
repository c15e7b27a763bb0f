package org.bitref.cli.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.explain.Gap;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Finding;
import org.bitref.recipe.GemmRecipe;
import org.junit.jupiter.api.Test;

/** What is told of two systems that multiply with different accumulators. */
class StoryTest {
  private static final Finding REPRODUCED = new Finding.Reproduced(Optional.empty());

  private static SystemStage reproduced(String system, String preset, Optional<String> by) {
    return Told.stage(system, preset, new Finding.Reproduced(by));
  }

  private static Explanation explanation(Conclusion verdict, int equalInputs) {
    return Told.of(
        verdict,
        reproduced("a", "hopper-f16-f32acc", Optional.empty()),
        reproduced("b", "tensorrt-f16-f16acc", Optional.empty()),
        equalInputs);
  }

  private static String answer(Explanation found, String question) {
    return Story.of(found, found.chain()).answers().stream()
        .filter(answer -> answer.question().equals(question))
        .findFirst()
        .orElseThrow()
        .answer();
  }

  @Test
  void theCauseIsTheAccumulatorAndTheAdviceFloat32() {
    Explanation found = explanation(Conclusion.ROUNDING, 2);
    String cause = answer(found, "What explains it?");
    assertTrue(cause.contains("a: float32 accumulator"), cause);
    assertTrue(cause.contains("b: float16 accumulator"), cause);
    String change = answer(found, "What to change?");
    assertTrue(change.startsWith("b: in q_proj cast the MatMul's inputs to FP32"), change);
    assertEquals(
        "a in products, by a factor of 2.00. Each is judged on its own inputs.",
        answer(found, "Who is nearer the exact result?"));
    assertEquals("Nothing does.", answer(found, "What amplifies it?"));
  }

  @Test
  void aCastToAShorterTypeIsToBeTakenOut() {
    String cast = "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(bf16,rne);";
    Explanation found =
        Told.of(
            Conclusion.ROUNDING,
            reproduced("a", "hopper-f16-f32acc", Optional.empty()),
            Told.stage("b", GemmRecipe.parse(cast + "cvt(f16,rne)"), REPRODUCED),
            2);
    String cause = answer(found, "What explains it?");
    assertTrue(cause.contains("a rounding per 16 terms, rounded to bfloat16 on the way"), cause);
    String change = answer(found, "What to change?");
    String said =
        "b: in q_proj take the cast to a shorter type out, unless the model has it. Cost: nothing";
    assertTrue(change.startsWith(said), change);
  }

  /** A result that is stored in the shorter type has no cast on the way. */
  @Test
  void aTypeOfTheOutputIsNoCast() {
    String stored = "in=bf16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(bf16,rne)";
    assertEquals(Optional.empty(), RecipeWords.advice(GemmRecipe.parse(stored)));
  }

  @Test
  void unequalInputsAreNotBlamedOnAProduct() {
    Explanation found = explanation(Conclusion.INCONCLUSIVE, 1);
    String answer = answer(found, "Did both start from the same?");
    assertTrue(answer.startsWith("No: inputs_embeds (1 of 2 values differ)"), answer);
  }

  @Test
  void whatALaterStageTellsIsSaid() {
    assertEquals(
        "2 classes of recipes reproduce every output and differ on other inputs; the first of them"
            + " is the one whose unrounded result explains layers.0.q_proj",
        StageWords.reason(reproduced("a", "hopper-f16-f32acc", Optional.of(Told.PRODUCT))));
  }

  @Test
  void aMissingWeightCanBeGiven() {
    assertTrue(StageWords.gap(Gap.Other.WEIGHT).contains("--weights"));
  }
}
