package org.bitref.cli.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.explain.Gap;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Finding;
import org.junit.jupiter.api.Test;

/** What is told of two systems that multiply with different accumulators. */
class StoryTest {
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
