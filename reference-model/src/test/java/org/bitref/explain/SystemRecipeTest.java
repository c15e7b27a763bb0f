package org.bitref.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bitref.compare.StoredBits;
import org.bitref.explain.SystemRecipe.Cause;
import org.bitref.explain.SystemRecipe.Evidence;
import org.bitref.kernel.Workers;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Test;

class SystemRecipeTest {
  private final TwoSystems systems = new TwoSystems();

  private SystemRecipe of(Map<String, Tensor> a, Map<String, Tensor> b, String system) {
    Explanation explanation = systems.explain(a, b, true);
    try (Workers workers = new Workers(2)) {
      return SystemRecipe.of(explanation, systems.capture(a, b, true), system, workers);
    }
  }

  /** Every stage has the bits of the run. */
  private void reproduces(SystemRecipe recipe, Map<String, Tensor> run) {
    Map<String, Tensor> again = systems.run(recipe.recipe());
    assertEquals(run.keySet(), again.keySet());
    run.forEach(
        (name, tensor) -> {
          assertEquals(tensor.dtype(), again.get(name).dtype(), name);
          assertEquals(-1, StoredBits.firstUnequal(tensor, again.get(name)), name);
        });
  }

  private static Stream<Evidence> evidence(SystemRecipe recipe) {
    return recipe.found().stream().flatMap(rule -> rule.evidence().stream());
  }

  @Test
  void aRunByTheRecipeHasTheBitsOfTheSystem() {
    Map<String, Tensor> a = systems.run("hf-cuda-f16-eager");
    Map<String, Tensor> b = systems.run("tensorrt-10.6-strong");
    SystemRecipe ofA = of(a, b, "a");
    SystemRecipe ofB = of(a, b, "b");
    reproduces(ofA, a);
    reproduces(ofB, b);
    assertEquals("hf-cuda-f16-eager", ofA.nearest());
    assertEquals("tensorrt-10.6-strong", ofB.nearest());
    assertEquals(List.of(), ofA.open());
    // The embeddings alone are an input, of which no recipe can be seen.
    assertEquals(
        List.of("inputs_embeds"), ofA.others().stream().map(ModelRecipe.Rule::pattern).toList());
    assertEquals(ModelRecipe.parse("a", ofA.recipe().text()), ofA.recipe());
    Evidence q =
        evidence(ofA)
            .filter(one -> one.stages().contains("layers.0.q_proj"))
            .findFirst()
            .orElseThrow();
    assertEquals(a.get("layers.0.q_proj").elements(), q.outputs());
  }

  /** A norm that reads the sum before its rounding is a fused one. */
  @Test
  void aNormOfAnUnroundedSumIsFused() {
    ModelRecipe plain = Recipes.model("hf-cuda-f16-eager");
    NormRecipe norm = (NormRecipe) plain.of("layers.0.post_attn_ln");
    String fused = norm.text().replace("norm(", "norm(fused,");
    ModelRecipe recipe =
        ModelRecipe.parse("fused", ".*\\.post_attn_ln = " + fused + "\n" + plain.text());
    Map<String, Tensor> a = systems.run(recipe);
    SystemRecipe found = of(a, systems.run(plain), "a");
    assertTrue(((NormRecipe) found.recipe().of("layers.0.post_attn_ln")).fused());
    assertTrue(evidence(found).allMatch(one -> one.unrounded().isEmpty()));
    reproduces(found, a);
  }

  @Test
  void whatNoRecipeGivesIsLeftOpen() {
    Map<String, Tensor> a = systems.run("hf-cuda-f16-eager");
    Map<String, Tensor> b = systems.run("tensorrt-10.6-strong");
    Tensor act = a.get("layers.0.mlp_act");
    TensorBuilder other = new TensorBuilder(act.dtype(), act.shape());
    other.copy(0, act, 0, act.elements());
    other.set(7, 2 * act.get(7) + 1);
    a.put("layers.0.mlp_act", other.build());
    // Stages after it have other inputs than they were computed from.
    a.keySet().removeIf(name -> name.matches(".*\\.(mlp_mul|mlp_down|hidden)|final_norm|logits"));
    SystemRecipe found = of(a, b, "a");
    SystemRecipe.OpenStage open = found.open().getFirst();
    assertEquals(1, found.open().size());
    assertEquals("layers.0.mlp_act", open.stage());
    assertEquals(Cause.NOT_REPRODUCED, open.cause());
    assertEquals(act.elements() - 1, open.nearest().orElseThrow().equal());
    assertEquals(
        Recipes.model("hf-cuda-f16-eager").of("layers.0.mlp_act"),
        found.recipe().of("layers.0.mlp_act"));
  }
}
