package org.bitref.replay;

import static org.bitref.replay.Plain.each;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.Set;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.kernel.row.Frequencies.Axes;
import org.bitref.replay.Plain.Score;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Planted functions whose numbers lie near the model's, or anywhere between those that are usual.
 */
final class NumbersAnywhereTest {
  private static final RecordedModel RIGHT = new RecordedModel("hf-f16-eager", 0.3);

  private static void assertNamed(Set<OtherFunction> due, RecordedModel model, String stage) {
    assertEquals(
        due, assertInstanceOf(Replayed.Follows.class, model.replay(stage), stage).others());
  }

  /** None of the numbers that are usual explains more than the model does. */
  @ParameterizedTest
  @ValueSource(doubles = {0.7, 1.37})
  void aTermTimesAFactorNearOne(double factor) {
    RecordedModel model = RIGHT.copy();
    double[] x = model.values("layers.0.input_hidden");
    double[] o = model.values("layers.0.o_proj");
    model.put("layers.0.post_attn_hidden", each(x.length, i -> x[i] + factor * o[i]));
    assertNamed(Set.of(new OtherFunction.TermScaled(factor)), model, "layers.0.post_attn_hidden");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.7, 1.37})
  void aSwishNearSilu(double slope) {
    RecordedModel model = RIGHT.copy();
    double[] x = model.values("layers.0.gate_proj");
    model.put("layers.0.mlp_act", each(x.length, i -> x[i] / (1 + Math.exp(-slope * x[i]))));
    assertNamed(Set.of(new OtherFunction.Swish(slope)), model, "layers.0.mlp_act");
  }

  @Test
  void aBaseNearTheModels() {
    RecordedModel model = RIGHT.copy().keeping(name -> !name.startsWith("rope."));
    Tensor ids = model.given.get("position_ids");
    double[] x = model.values("layers.0.q_norm");
    model.put(
        "layers.0.q_rope",
        Plain.rotate(
            x,
            16,
            (t, i) -> ids.getLong((i == 15 ? 0 : i % 3) * 24L + t) * Math.pow(3.7e6, -i / 16.0)));
    assertNamed(
        Set.of(new OtherFunction.Rotary(3.7e6, 5e6, Axes.INTERLEAVED, 0)),
        model,
        "layers.0.q_rope");
  }

  /** Between tried ones of which the nearer does not explain more than the model. */
  @Test
  void anEpsilonBetweenTwo() {
    RecordedModel model = RIGHT.copy();
    String ln = "layers.0.input_ln";
    model.captured.put(
        "layers.0.input_hidden",
        model.random(0, 0.01, Shape.of(1, RecordedModel.TOKENS, 64)).cast(DType.F16));
    double[] x = model.values("layers.0.input_hidden");
    model.put(ln, Plain.norm(x, model.weights.get(ln), 4.3e-5));
    assertNamed(Set.of(new OtherFunction.Epsilon(4.3e-5, 1e-6)), model, ln);
  }

  private static RecordedModel attention(int projected) {
    RecordedModel model = RIGHT.copy().keeping(name -> name.equals("inputs_embeds"));
    model.captured.put("layers.0.q_rope", model.random(0, 3, Shape.of(1, 4, 24, 32)));
    model.captured.put("kv.0.k", model.random(0, 1, Shape.of(1, 2, 24, 32)));
    model.captured.put("kv.0.v", model.random(0, 1, Shape.of(1, 2, 24, 32)));
    model.captured.put("layers.0.attn_out", model.random(0, 1, Shape.of(1, 24, 128)));
    model.weights.put("layers.0.q_proj", model.random(0, 1, Shape.of(projected * 32L, 64)));
    return model;
  }

  private static double[] attend(RecordedModel model, Score score) {
    return Plain.attend(
        model.values("layers.0.q_rope"),
        model.values("kv.0.k"),
        model.values("kv.0.v"),
        head -> head / 2,
        score,
        0);
  }

  /** Golden sections lose whole numbers: errors by windows have more than one least. */
  @ParameterizedTest
  @ValueSource(ints = {10, 13, 18, 21, 22, 23})
  void aWindow(int keys) {
    RecordedModel model = attention(4);
    double[] y =
        attend(
            model,
            (q, k, dot) -> k <= q && q - k < keys ? dot / Math.sqrt(32) : Double.NEGATIVE_INFINITY);
    model.put("layers.0.attn_out", y);
    assertNamed(Set.of(new OtherFunction.Window(keys)), model, "layers.0.attn_out");
  }

  /** A part of the heads beside the weight of all: ArrayIndexOutOfBoundsException. */
  @Test
  void attentionOfAPartOfTheHeads() {
    RecordedModel model = attention(8);
    double[] y = attend(model, Score::causal);
    int[] reversed = {3, 2, 1, 0};
    model.put(
        "layers.0.attn_out",
        each(y.length, i -> y[(i / 128 * 4 + reversed[i / 32 % 4]) * 32 + i % 32]));
    assertNamed(Set.of(Known.HEADS_REVERSED), model, "layers.0.attn_out");
  }
}
