package org.bitref.cli.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bitref.cli.console.Session;
import org.bitref.compare.verdict.TensorVerdict;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;

/** One layer whose stages go by their names alone, tokens before heads. */
class PlainNamesTest {
  private static final int TOKENS = 48;
  private static final Shape ROPE = Shape.of(TOKENS, 3, 16);

  private static float[] normal(int seed) {
    Random random = new Random(seed);
    float[] values = new float[TOKENS * 48];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static TensorSource layer(String name, float[] rope) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("k_proj", Tensor.ofFloats(Shape.of(TOKENS, 48), normal(1)));
    tensors.put("attn_out", Tensor.ofFloats(Shape.of(TOKENS, 48), normal(2)));
    tensors.put("q_rope", Tensor.ofFloats(ROPE, rope));
    tensors.put("input_ln", Tensor.ofFloats(Shape.of(TOKENS, 48), normal(3)));
    tensors.put("q_proj", Tensor.ofFloats(Shape.of(TOKENS, 48), normal(4)));
    return TensorSource.of(name, tensors);
  }

  @Test
  void stagesComeInTheOrderOfComputationAndPlacesAreOfTokensAndHeads() {
    float[] stale = normal(5);
    for (int token = 20; token < 30; token++) {
      for (int channel = 0; channel < 16; channel++) {
        stale[(token * 3 + 1) * 16 + channel] = 0;
      }
    }
    Session session = new Session(OutputStream.nullOutputStream(), System.err, false);
    CompareReport report = Comparison.of(layer("A", normal(5)), layer("B", stale), session);
    assertEquals(
        List.of("input_ln", "q_proj", "k_proj", "q_rope", "attn_out"),
        report.stages().stream().map(StageResult::name).toList());
    TensorVerdict verdict = report.judged().orElseThrow().findings().verdict();
    assertEquals("q_rope, tokens 20-29, head 1: B holds zeros", VerdictWords.of("q_rope", verdict));
  }
}
