package org.bitref.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.explain.RuleFolding.Folded;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.StageRecipe;
import org.junit.jupiter.api.Test;

class RuleFoldingTest {
  private static final StageRecipe FLOAT =
      StageRecipe.parse("in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)");
  private static final StageRecipe HALF =
      StageRecipe.parse("in=f16 | fda(w=16,F=25,acc=f16rne) | seq | none | none | cvt(f16,rne)");
  private static final StageRecipe CAST = StageRecipe.parse("cast(calc=f32,out=f16)");

  private static Map<String, StageRecipe> stages(Map<Integer, StageRecipe> ofDown) {
    Map<String, StageRecipe> stages = new LinkedHashMap<>();
    for (int i = 0; i < 4; i++) {
      stages.put("layers." + i + ".q_proj", FLOAT);
      stages.put("kv." + i + ".k", CAST);
      stages.put("layers." + i + ".mlp_down", ofDown.getOrDefault(i, FLOAT));
    }
    stages.put("logits", FLOAT);
    return stages;
  }

  private static List<String> patterns(Map<String, StageRecipe> stages) {
    return RuleFolding.fold(stages).stream().map(Folded::pattern).toList();
  }

  /** Every stage gets what it was folded from. */
  private static void check(Map<String, StageRecipe> stages) {
    ModelRecipe recipe =
        new ModelRecipe(
            "folded",
            RuleFolding.fold(stages).stream()
                .map(one -> new ModelRecipe.Rule(one.pattern(), one.recipe()))
                .toList());
    stages.forEach((name, due) -> assertEquals(due, recipe.of(name), name));
    assertEquals(recipe, ModelRecipe.parse("folded", recipe.text()));
    assertEquals(
        stages.keySet().stream().sorted().toList(),
        RuleFolding.fold(stages).stream().flatMap(one -> one.stages().stream()).sorted().toList());
  }

  @Test
  void stagesAlikeShareOneRule() {
    Map<String, StageRecipe> stages = stages(Map.of());
    assertEquals(
        List.of("layers\\.\\d+\\.(q_proj|mlp_down)|logits", "kv\\.\\d+\\.k"), patterns(stages));
    check(stages);
  }

  @Test
  void layersThatDifferComeFirst() {
    Map<String, StageRecipe> stages = stages(Map.of(2, HALF));
    assertEquals(
        List.of(
            "layers\\.2\\.mlp_down", "layers\\.\\d+\\.(q_proj|mlp_down)|logits", "kv\\.\\d+\\.k"),
        patterns(stages));
    check(stages);
  }

  @Test
  void theRecipeOfMostLayersIsTheGeneralOne() {
    Map<String, StageRecipe> stages = stages(Map.of(0, HALF, 1, HALF, 3, HALF));
    assertEquals(
        List.of(
            "layers\\.2\\.mlp_down",
            "layers\\.\\d+\\.q_proj|logits",
            "kv\\.\\d+\\.k",
            "layers\\.\\d+\\.mlp_down"),
        patterns(stages));
    check(stages);
    // Of two that are as frequent the first.
    Map<String, StageRecipe> even = stages(Map.of(1, HALF, 3, HALF));
    assertEquals("layers\\.(1|3)\\.mlp_down", patterns(even).getFirst());
    check(even);
  }
}
