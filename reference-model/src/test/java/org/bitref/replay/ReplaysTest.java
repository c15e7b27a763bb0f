package org.bitref.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.Frequencies.Axes;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Stages of a small model are computed again from what is left of its run. */
final class ReplaysTest {
  private static final String F16 = "hf-f16-eager";
  private static final double SPREAD = 0.3;
  private static final String FIRST = "layers.0.hidden";
  private static final String SECOND = "layers.1.hidden";

  /** What is left of a run, by name. */
  private static final Map<String, Predicate<String>> LEFT =
      Map.of(
          "everything", _ -> true,
          "hidden states", name -> name.endsWith(".hidden") || name.equals("inputs_embeds"),
          "ends", name -> name.equals(SECOND) || name.equals("logits"),
          "no q_norm and mlp_act", name -> !name.endsWith(".q_norm") && !name.endsWith(".mlp_act"));

  private static RecordedModel model(double spread, String left) {
    return new RecordedModel(F16, spread).keeping(LEFT.get(left));
  }

  private static Set<OtherFunction> others(RecordedModel model, String stage) {
    return assertInstanceOf(Replayed.Follows.class, model.replay(stage), stage).others();
  }

  /** The changes without the stages that they are in. */
  private static Set<OtherFunction> others(RecordedModel model, String stage, String in) {
    Set<OtherFunction> others = others(model, stage);
    assertEquals(1, others.size(), others.toString());
    OtherFunction.In one = assertInstanceOf(OtherFunction.In.class, others.iterator().next());
    assertTrue(one.stages().contains(in), one.toString());
    return Set.of(one.what());
  }

  @ParameterizedTest
  @CsvSource({
    "hf-f16-eager,everything",
    "hf-f16-eager,hidden states",
    "hf-f16-eager,ends",
    "hf-f16-eager,no q_norm and mlp_act",
    "hf-bf16-eager,everything",
    "hf-bf16-eager,hidden states",
    "hf-bf16-eager,ends",
    "hf-bf16-eager,no q_norm and mlp_act",
    "hf-f32,hidden states"
  })
  void aRunFollowsTheModel(String recipe, String left) {
    RecordedModel model = new RecordedModel(recipe, SPREAD).keeping(LEFT.get(left));
    try (Workers workers = new Workers(1)) {
      Replays replays = Replays.of(RecordedModel.plan(), model, workers).orElseThrow();
      for (String stage : model.captured.keySet()) {
        if (!stage.startsWith("rope.")) {
          Replayed.Follows found =
              assertInstanceOf(Replayed.Follows.class, replays.of(stage, false), stage);
          assertEquals(Set.of(), found.others(), stage);
          Tensor exact = found.exact().orElseThrow();
          assertEquals(model.captured.get(stage).shape(), exact.shape(), stage);
        }
      }
    }
  }

  @Test
  void whatIsComputedOnTheWayIsTold() {
    RecordedModel model = model(SPREAD, "no q_norm and mlp_act");
    assertEquals(List.of("layers.1.q_norm"), model.replay("layers.1.q_rope").through());
    assertEquals(List.of(), model.replay("layers.1.q_proj").through());
    RecordedModel hidden = model(SPREAD, "hidden states");
    List<String> through = hidden.replay(SECOND).through();
    assertEquals("layers.1.input_hidden", through.getFirst());
    assertEquals("layers.1.mlp_down", through.getLast());
    assertFalse(through.contains(SECOND));
  }

  /** Hidden states of 0.01 have mean squares of 1e-4, of which 1e-5 is a tenth. */
  @Test
  void anotherEpsilonIsNamed() {
    OtherFunction epsilon = new OtherFunction.Epsilon(RecordedModel.EPS, 1e-5);
    RecordedModel gaps = model(0.01, "hidden states").told(1e-5, RecordedModel.THETA);
    assertEquals(Set.of(epsilon), others(gaps, FIRST, "input_ln"));
    assertEquals(Set.of(epsilon), others(gaps, SECOND, "input_ln"));
    RecordedModel all = model(0.01, "everything").told(1e-5, RecordedModel.THETA);
    assertEquals(Set.of(epsilon), others(all, "layers.0.input_ln"));
    assertEquals(Set.of(), others(all, "layers.0.q_proj"));
  }

  @Test
  void anotherBaseIsNamed() {
    OtherFunction base = new OtherFunction.Rotary(RecordedModel.THETA, 1e6, Axes.INTERLEAVED, 0);
    RecordedModel gaps = model(SPREAD, "hidden states").told(RecordedModel.EPS, 1e6);
    assertEquals(Set.of(base), others(gaps, FIRST, "q_rope"));
    assertEquals(Set.of(base), others(gaps, SECOND, "k_rope"));
    RecordedModel tables =
        model(SPREAD, "everything")
            .keeping(name -> !name.startsWith("rope."))
            .told(RecordedModel.EPS, 1e6);
    assertEquals(Set.of(base), others(tables, "layers.0.k_rope"));
    assertEquals(Set.of(), others(tables, "layers.0.attn_out"));
  }

  private static void exchange(RecordedModel model, String a, String b) {
    Tensor first = model.weights.get(a);
    model.weights.put(a, model.weights.get(b));
    model.weights.put(b, first);
  }

  @Test
  void exchangedWeightsAreNamed() {
    RecordedModel gaps = model(SPREAD, "hidden states");
    exchange(gaps, "layers.1.k_proj", "layers.1.v_proj");
    assertEquals(Set.of(), others(gaps, FIRST));
    assertEquals(
        Set.of(new OtherFunction.WeightsSwapped("k_proj", "v_proj")),
        others(gaps, SECOND, "k_proj"));
    RecordedModel all = model(SPREAD, "everything");
    exchange(all, "layers.1.k_proj", "layers.1.v_proj");
    assertEquals(
        Set.of(new OtherFunction.WeightOf("layers.1.v_proj")), others(all, "layers.1.k_proj"));
    assertEquals(
        Set.of(new OtherFunction.WeightOf("layers.1.k_proj")), others(all, "layers.1.v_proj"));
  }

  @Test
  void theWeightOfAnotherLayerIsNamed() {
    RecordedModel gaps = model(SPREAD, "hidden states");
    exchange(gaps, "layers.0.up_proj", "layers.1.up_proj");
    assertEquals(Set.of(new OtherFunction.LayerOf(1)), others(gaps, FIRST, "up_proj"));
    assertEquals(Set.of(new OtherFunction.LayerOf(0)), others(gaps, SECOND, "up_proj"));
  }

  /** The system did add a feature that is told to be another's: it used the other. */
  @ParameterizedTest
  @ValueSource(strings = {"hidden states", "everything"})
  void anotherFeatureIsNamed(String left) {
    RecordedModel model = model(SPREAD, left);
    model.given.put("deepstack.1", model.given.get("deepstack.0"));
    model.given.put("deepstack.0", model.random(0, SPREAD, Shape.of(6, RecordedModel.HIDDEN)));
    assertFeature(new OtherFunction.Feature("deepstack.1"), model, left);
  }

  /** The state that enters the second layer has this function, and the first layer the model's. */
  private static void assertFeature(OtherFunction function, RecordedModel model, String left) {
    assertEquals(
        Set.of(function),
        left.equals("everything")
            ? others(model, "layers.1.input_hidden")
            : others(model, SECOND, "input_hidden"));
    assertEquals(Set.of(), others(model, FIRST));
  }

  /** The run had a feature of zeros. */
  @ParameterizedTest
  @ValueSource(strings = {"hidden states", "everything"})
  void aFeatureThatWasNotAddedIsNamed(String left) {
    RecordedModel model = RecordedModel.withoutFeature(F16, SPREAD).keeping(LEFT.get(left));
    model.given.put("deepstack.0", model.random(0, SPREAD, Shape.of(6, RecordedModel.HIDDEN)));
    assertFeature(Known.NOT_ADDED, model, left);
  }

  /** Errors of a tenth in a column of 64 are 1/80 of all: many roundings of 2^-11. */
  @ParameterizedTest
  @ValueSource(strings = {"hidden states", "everything"})
  void randomErrorsInAColumnAreNoFunction(String left) {
    RecordedModel model = model(SPREAD, left);
    Random random = new Random(9);
    Tensor hidden = model.captured.get(SECOND);
    for (int t = 0; t < RecordedModel.TOKENS; t++) {
      int at = t * RecordedModel.HIDDEN + 13;
      model.set(SECOND, at, hidden.get(at) * (1 + 0.1 * random.nextGaussian()));
    }
    Replayed.Open open = assertInstanceOf(Replayed.Open.class, model.replay(SECOND));
    assertTrue(open.size() > 1, open.toString());
    assertEquals(left.equals("everything"), open.through().isEmpty());
    assertEquals(Set.of(), others(model, FIRST));
  }

  @Test
  void aMissingWeightIsNamed() {
    RecordedModel model = model(SPREAD, "hidden states");
    model.weights.remove("layers.0.up_proj");
    assertEquals(new Replayed.Lacking("the weight of layers.0.up_proj"), model.replay(FIRST));
    assertEquals(Set.of(), others(model, SECOND));
  }

  @Test
  void aMissingStageOrPromptIsNamed() {
    RecordedModel model = model(SPREAD, "hidden states");
    assertEquals(new Replayed.Lacking("logits"), model.replay("logits"));
    model.given.remove("position_ids");
    assertEquals(new Replayed.Lacking("position_ids"), model.replay(FIRST));
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
  void whatIsNotFiniteCannotBeComputedAgain(double value) {
    RecordedModel model = model(SPREAD, "hidden states");
    model.set(FIRST, 77, value);
    assertEquals(new Replayed.Lacking(FIRST), model.replay(FIRST));
    assertEquals(new Replayed.Lacking(SECOND), model.replay(SECOND));
  }
}
