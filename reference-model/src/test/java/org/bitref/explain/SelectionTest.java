package org.bitref.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.explain.Scope.Before;
import org.bitref.explain.SystemStage.Status;
import org.bitref.kernel.Workers;
import org.bitref.operation.Pointwise;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;

/** Three layers of a gate, of which some are looked at. */
class SelectionTest {
  private static final int WIDTH = 8;
  private static final int TOKENS = 6;

  private final Workers workers = new Workers(1);

  /** Two systems that are equal in layer 0 and differ in the gate of layer 1 and all of layer 2. */
  private Capture capture() {
    Map<String, Tensor> a = new LinkedHashMap<>();
    Map<String, Tensor> b = new LinkedHashMap<>();
    for (int layer = 0; layer < 3; layer++) {
      gate(a, layer, 0);
      gate(b, layer, layer == 0 ? 0 : 1);
    }
    a.put("final_norm", values(DType.F16, 3));
    b.put("final_norm", values(DType.F16, 3));
    return Capture.of(
        Dumps.of(List.of(TensorSource.of("a", a), TensorSource.of("b", b))), Optional.empty());
  }

  private void gate(Map<String, Tensor> system, int layer, int shift) {
    String prefix = "layers." + layer + ".";
    Tensor gate = values(DType.F16, shift);
    Tensor up = values(DType.F16, 5);
    Tensor act =
        new Pointwise(PointRecipe.Kind.SILU, gate, Optional.empty())
            .run(StageRecipe.parse("silu(calc=f32,exp=cr,out=f16)"), workers);
    system.put(prefix + "gate_proj", gate);
    system.put(prefix + "up_proj", up);
    system.put(prefix + "mlp_act", act);
    system.put(
        prefix + "mlp_mul",
        new Pointwise(PointRecipe.Kind.MUL, act, Optional.of(up))
            .run(StageRecipe.parse("mul(calc=f32,out=f16)"), workers));
  }

  /** A shift changes the first value alone. */
  private static Tensor values(DType dtype, int shift) {
    TensorBuilder values = new TensorBuilder(dtype, Shape.of(TOKENS, WIDTH));
    for (int i = 0; i < TOKENS * WIDTH; i++) {
      values.set(i, Math.sin(1.7 * i + 0.3) * 2 + (i == 0 ? shift / 8.0 : 0));
    }
    return values.build();
  }

  private Explanation explain(Set<Integer> layers, String... kinds) {
    return explain(capture(), layers, kinds);
  }

  private Explanation explain(Capture capture, Set<Integer> layers, String... kinds) {
    List<String> progress = new ArrayList<>();
    Explanation found =
        Explainer.explain(
            capture,
            List.of("a", "b"),
            new Selection(layers, Set.of(kinds)),
            List.of(),
            workers,
            progress::add);
    assertEquals(progress, found.stages().stream().map(StageReport::name).toList());
    return found;
  }

  private static List<String> stages(Explanation found) {
    return found.stages().stream().map(StageReport::name).toList();
  }

  @Test
  void kindsAreNamesWithoutTheNumber() {
    assertEquals("q_proj", Selection.kind("layers.31.q_proj"));
    assertEquals("kv.k", Selection.kind("kv.3.k"));
    assertEquals("logits", Selection.kind("logits"));
    assertEquals("rope.cos", Selection.kind("rope.cos"));
    assertEquals(
        Set.of(0, 12),
        Selection.layers(List.of("logits", "kv.12.v", "layers.0.q_proj", "rope.cos")));
  }

  @Test
  void onlyTheLayersAskedForAreJudged() {
    Explanation found = explain(Set.of(0, 2));
    assertEquals(8, found.stages().size());
    assertTrue(stages(found).stream().allMatch(name -> name.matches("layers\\.[02]\\..*")));
    Scope scope = found.scope();
    assertFalse(scope.isAll());
    assertEquals(8, scope.stages());
    assertEquals(13, scope.ofStages());
    assertEquals(3, scope.ofLayers());
    assertEquals(List.of(), scope.before());
    assertEquals(8, found.systems().getFirst().stages());
    assertEquals(Optional.of("layers.2.gate_proj"), found.chain().firstDifference());
  }

  /** The inputs of a stage that is looked at are there though they are not looked at. */
  @Test
  void whatIsNotLookedAtIsStillAnInput() {
    Explanation found = explain(Set.of(), "mlp_mul");
    assertEquals(
        List.of("layers.0.mlp_mul", "layers.1.mlp_mul", "layers.2.mlp_mul"), stages(found));
    for (StageReport stage : found.stages()) {
      stage.systems().forEach(one -> assertEquals(Status.REPRODUCED, one.status()));
    }
    assertEquals(Conclusion.ROUNDING, found.verdict());
    assertTrue(found.along(found.chain()).get(1).pair().cause().orElseThrow().inherited() > 0);
    assertEquals(List.of(), found.scope().before(), "layer 0 is looked at and equal");
  }

  @Test
  void theVerdictIsOfWhatWasLookedAt() {
    assertEquals(Conclusion.EQUAL, explain(Set.of(0)).verdict());
    // gate_proj of layer 1 cannot be computed again, and the difference starts there.
    assertEquals(Conclusion.INCONCLUSIVE, explain(Set.of(0, 1)).verdict());
    assertEquals(Conclusion.ROUNDING, explain(Set.of(1), "mlp_act", "mlp_mul").verdict());
  }

  @Test
  void aDifferenceBeforeIsFoundWithItsFirstStage() {
    Scope scope = explain(Set.of(2), "mlp_act").scope();
    Before before = scope.before().getFirst();
    assertEquals(1, scope.before().size());
    assertEquals("layers.2.mlp_act", before.stage());
    assertEquals(new Preflight.Check("layers.1.gate_proj", "a", "b", 47, 48), before.earliest());
    assertEquals(
        List.of(new Preflight.Check("layers.2.gate_proj", "a", "b", 47, 48)), before.inputs());
  }

  @Test
  void withoutASelectionNothingLiesBefore() {
    Explanation found = Explainer.explain(capture(), List.of(), List.of(), workers, stage -> {});
    assertTrue(found.scope().isAll());
    assertEquals(found.stages().size(), found.scope().ofStages());
    assertEquals(List.of(), found.scope().before());
  }

  @Test
  void stagesOfOneSystemAloneAreNotEqual() {
    Map<String, Tensor> a = new LinkedHashMap<>();
    Map<String, Tensor> b = new LinkedHashMap<>();
    gate(a, 0, 0);
    gate(a, 1, 0);
    gate(b, 0, 0);
    Capture capture =
        Capture.of(
            Dumps.of(List.of(TensorSource.of("a", a), TensorSource.of("b", b))), Optional.empty());
    Explanation found = explain(capture, Set.of(1));
    assertFalse(found.isCompared());
    assertEquals(Conclusion.INCONCLUSIVE, found.verdict());
  }

  @Test
  void aSelectionOfNothingIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> explain(Set.of(3)));
    assertThrows(IllegalArgumentException.class, () -> explain(Set.of(), "q_proj"));
  }
}
