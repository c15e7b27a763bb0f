package org.bitref.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.bitref.diagnose.OtherFunction;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.kernel.Workers;
import org.bitref.replay.Replayed;
import org.bitref.replay.Replays;
import org.bitref.search.Outcome;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Systems are asked for their functions where their difference jumps, and only there. */
class FunctionsFirstTest {
  private static final String ACT = "layers.0.mlp_act";
  private static final String GATE = "layers.0.gate_proj";
  private static final OtherFunction RELU = OtherFunction.Known.RELU;
  private static TwoSystems systems;
  private static Map<String, Tensor> right;
  private static Map<String, Tensor> rounded;

  @BeforeAll
  static void run() {
    systems = new TwoSystems();
    right = systems.run("hf-cuda-f16-eager");
    rounded = systems.run("hf-f16-eager");
  }

  private static Map<String, Tensor> with(Map<String, Tensor> run, String stage, double[] values) {
    Map<String, Tensor> changed = new LinkedHashMap<>(run);
    Tensor old = run.get(stage);
    changed.put(stage, Tensor.ofDoubles(old.shape(), values).cast(old.dtype()));
    return changed;
  }

  private static Map<String, Tensor> withRelu(Map<String, Tensor> run) {
    double[] y = run.get(GATE).toDoubles();
    for (int i = 0; i < y.length; i++) {
      y[i] = Math.max(y[i], 0);
    }
    return with(run, ACT, y);
  }

  /** Whether they differ, and the stages of systems that were asked for. */
  private record Asked(boolean differ, List<String> stages) {}

  private static Asked asked(Map<String, Tensor> a, Map<String, Tensor> b) {
    Capture capture = systems.capture(a, b, true);
    List<String> stages = new ArrayList<>();
    try (Workers workers = new Workers(1)) {
      boolean differ =
          FunctionsFirst.differ(
              capture,
              capture.stages(),
              (system, stage) -> {
                stages.add(system.name() + " " + stage);
                return Replays.of(capture.plan(), capture.recording(system), workers)
                            .orElseThrow()
                            .of(stage, false)
                        instanceof Replayed.Follows follows
                    ? Optional.of(follows.others())
                    : Optional.empty();
              });
      return new Asked(differ, stages);
    }
  }

  @Test
  void ofEqualSystemsNothingIsAsked() {
    assertEquals(new Asked(false, List.of()), asked(right, new LinkedHashMap<>(right)));
  }

  @Test
  void roundingIsNoOtherFunction() {
    assertFalse(asked(right, rounded).differ());
  }

  @Test
  void anotherFunctionIsFoundInEitherSystem() {
    Asked second = asked(right, withRelu(rounded));
    assertTrue(second.differ());
    assertTrue(second.stages().contains("b " + ACT), second.toString());
    assertTrue(asked(withRelu(rounded), right).differ());
  }

  /** Both have it: that makes no difference. */
  @Test
  void oneFunctionThatIsNotTheModelsIsNoDifference() {
    Asked found = asked(withRelu(right), withRelu(rounded));
    assertFalse(found.differ());
  }

  /** What no function explains is for the searches. */
  @Test
  void damageIsNoOtherFunction() {
    double[] y = right.get(ACT).toDoubles();
    Random random = new Random(4);
    for (int i = 0; i < y.length; i += 7) {
      y[i] += random.nextGaussian();
    }
    Asked found = asked(right, with(rounded, ACT, y));
    assertTrue(found.stages().contains("b " + ACT), found.toString());
    assertFalse(found.differ());
  }

  /** The stages behind the change differ as much as it, not more: they are not asked for. */
  @Test
  void whereADifferenceGoesOnNothingIsAsked() {
    Map<String, Tensor> later = withRelu(right);
    double[] act = later.get(ACT).toDoubles();
    double[] up = right.get("layers.0.up_proj").toDoubles();
    for (int i = 0; i < up.length; i++) {
      up[i] *= act[i];
    }
    Map<String, Tensor> b = with(later, "layers.0.mlp_mul", up);
    // The function of the jump is not told, so that the others would be asked for.
    List<String> stages = new ArrayList<>();
    Capture capture = systems.capture(right, b, true);
    assertFalse(
        FunctionsFirst.differ(
            capture,
            List.of(GATE, ACT, "layers.0.mlp_mul"),
            (system, stage) -> {
              stages.add(stage);
              return Optional.empty();
            }));
    assertEquals(List.of(ACT), stages);
  }

  /** Each layer leads back to the one before in a dozen ways: 35 layers in 12^35. */
  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aDumpOfTheLastOfManyLayersIsAnswered() {
    String last = "layers.35.hidden";
    Map<String, Tensor> a = new LinkedHashMap<>();
    a.put("inputs_embeds", right.get("inputs_embeds"));
    a.put(last, right.get("layers.0.hidden"));
    Map<String, Tensor> b = new LinkedHashMap<>(a);
    b.put(last, right.get("layers.0.post_attn_hidden"));
    assertEquals(new Asked(false, List.of("a " + last)), asked(a, b));
    Explanation found = systems.explain(a, b, false);
    assertEquals(Conclusion.INCONCLUSIVE, found.verdict());
  }

  /** No recipe of a product is searched for where functions differ. */
  @Test
  void whereFunctionsDifferProductsAreNotSearched() {
    Explanation differ = explain(withRelu(right));
    assertEquals(Conclusion.OTHER_FUNCTION, differ.verdict());
    assertEquals(Set.of(RELU), stage(differ, ACT).function());
    assertInstanceOf(Outcome.NotSearched.class, outcome(differ, GATE));
  }

  /** The product and its activation alone. */
  private static Explanation explain(Map<String, Tensor> b) {
    return systems.explain(part(right), part(b), true);
  }

  private static Map<String, Tensor> part(Map<String, Tensor> run) {
    Map<String, Tensor> part = new LinkedHashMap<>();
    for (String stage : List.of("layers.0.post_attn_ln", GATE, ACT)) {
      part.put(stage, run.get(stage));
    }
    return part;
  }

  private static SystemStage stage(Explanation found, String stage) {
    return found.stages().stream()
        .filter(report -> report.name().equals(stage))
        .flatMap(report -> report.system("b").stream())
        .findFirst()
        .orElseThrow();
  }

  private static Outcome outcome(Explanation found, String stage) {
    return stage(found, stage).recomputed().orElseThrow().search().outcome();
  }
}
