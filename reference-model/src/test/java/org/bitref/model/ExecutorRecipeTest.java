package org.bitref.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.kernel.attention.TiledAttentionKernel;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A recipe is checked against the whole plan before anything runs. */
final class ExecutorRecipeTest {
  private static String refusal(String rules) {
    PrefillInputs inputs =
        PrefillInputs.read(TinyModel.source(TinyModel.prompt(21, 9, 1)), TinyModel.CONFIG);
    ModelRecipe recipe = ModelRecipe.parse("mine", rules);
    Weights none = TinyModel.of(Map.of());
    try (Workers workers = new Workers(1)) {
      return assertThrows(
              BadInputException.class,
              () -> new Executor(inputs, none, recipe, CacheOptions.FRESH, workers))
          .getMessage();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "inputs_embeds",
        "rope.sin",
        "layers.1.input_hidden",
        "layers.1.q_norm",
        "layers.0.up_proj",
        "layers.1.k_rope",
        "kv.1.v",
        "layers.0.attn_out",
        "layers.1.hidden",
        "layers.0.mlp_act",
        "layers.0.mlp_mul",
        "logits"
      })
  void aRecipeOfTheWrongKindIsRefusedBeforeTheRun(String stage) {
    String wrong =
        switch (stage) {
          case "layers.0.mlp_mul" -> "add(calc=f32,out=f32)";
          case "layers.0.mlp_act" -> "cast(calc=f32,out=f32)";
          default -> "mul(calc=f32,out=f32)";
        };
    String wanted =
        switch (stage) {
          case "inputs_embeds", "kv.1.v" -> "cast(...)";
          case "rope.sin" -> "ropetable(...)";
          case "layers.1.q_norm" -> "norm(...)";
          case "layers.0.up_proj", "logits" -> "a GEMM recipe";
          case "layers.1.k_rope" -> "rope(...)";
          case "layers.0.attn_out" -> "attention(...) or tiled(...)";
          case "layers.0.mlp_act" -> "silu(...)";
          case "layers.0.mlp_mul" -> "mul(...)";
          default -> "add(...)";
        };
    String rules = stage.replace(".", "\\.") + " = " + wrong + "\n" + Recipes.text("hf-f32");
    assertEquals(
        "recipe mine: stage "
            + stage
            + " got \""
            + wrong
            + "\", which is not for this stage."
            + " Give it "
            + wanted
            + ", as in `bitref recipes show hf-bf16-eager`.",
        refusal(rules));
  }

  @Test
  void aRecipeThatLacksAStageIsRefusedBeforeTheRun() {
    String rules = Recipes.text("hf-f32").replace("|logits", "");
    assertEquals(
        "recipe mine: no rule for stage logits."
            + " Add a line \"regex = recipe\" whose regex matches it.",
        refusal(rules));
  }

  @Test
  void attentionMayComeInTiles() {
    TiledAttentionRecipe tiled =
        (TiledAttentionRecipe) Presets.ATTENTION.get("torch-cudnn-f16").recipe();
    String rules = ".*\\.attn_out = " + tiled.text() + "\n" + Recipes.text("hf-f16-eager");
    Map<String, Tensor> all =
        TinyModel.run(
            ModelRecipe.parse("mine", rules),
            TinyModel.prompt(21, 9, 1),
            CacheOptions.FRESH,
            TinyModel.weights(1),
            2);
    try (Workers alone = new Workers(1)) {
      Tensor expected =
          new TiledAttentionKernel(tiled)
              .run(
                  all.get("layers.1.q_rope"),
                  all.get("kv.1.k"),
                  all.get("kv.1.v"),
                  AttentionFunction.of(all.get("kv.1.k").shape().intDim(3)),
                  Optional.empty(),
                  9,
                  alone);
      TinyModel.assertSame(expected, all.get("layers.1.attn_out"), "attn_out");
    }
  }
}
