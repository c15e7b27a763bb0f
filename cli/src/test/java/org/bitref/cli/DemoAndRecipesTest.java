package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Presets.Preset;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.StageRecipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoAndRecipesTest {
  @TempDir Path temp;

  @Test
  void theDemoExplainsItselfAndWritesAPage() throws IOException {
    Path page = temp.resolve("demo.html");
    JsonNode json = Cli.run("demo", "-o", page, "--format", "json").exits(0).json();
    assertEquals("bitref.demo/1", json.get("schema").asText());
    assertEquals(page.toString(), json.get("path").asText());
    JsonNode same = json.get("same");
    assertEquals(same.at("/elements/total").asLong(), same.at("/elements/equal").asLong());
    assertTrue(same.get("first_difference").isNull());
    long anchored = json.at("/anchored/elements/equal").asLong();
    assertTrue(anchored < json.at("/anchored/elements/total").asLong(), json.toString());
    assertTrue(anchored > json.at("/whole/elements/equal").asLong(), json.toString());
    assertEquals(1200, json.get("product").get("total").asLong());
    assertEquals(1200, json.get("product").get("equal").asLong());
    assertTrue(json.get("product").get("recipe").asText().contains("acc=f16rne"));
    assertTrue(json.get("product").get("equal_float32").asLong() < 1200);
    assertTrue(
        Files.readString(page).contains("Matrix products of a GPU, from the prompt to the end"));
  }

  @Test
  void shownRulesAreARecipe() {
    for (String name : Recipes.models()) {
      String text = Cli.run("recipes", "show", name).exits(0).out();
      assertEquals(Recipes.model(name).rules(), ModelRecipe.parse(name, text).rules());
    }
  }

  @Test
  void theListNamesModelsAndProducts() {
    JsonNode json = Cli.run("recipes", "--format", "json").exits(0).json();
    assertEquals(Recipes.models(), json.get("models").findValuesAsText("name"));
    assertTrue(json.get("gemms").size() > 5);
    String gemm = json.get("gemms").get(0).get("name").asText();
    assertTrue(Cli.run("recipes", "show", gemm).exits(0).out().contains(" | "));
  }

  @Test
  void attentionIsShownAsARule() {
    JsonNode json = Cli.run("recipes", "--format", "json").exits(0).json();
    assertEquals(
        Presets.ATTENTION.all().stream().map(Preset::name).toList(),
        json.get("attentions").findValuesAsText("name"));
    for (Preset<StageRecipe> preset : Presets.ATTENTION.all()) {
      String text = Cli.run("recipes", "show", preset.name()).exits(0).out();
      ModelRecipe rule = ModelRecipe.parse(preset.name(), text);
      assertEquals(preset.recipe(), rule.of("layers.0.attn_out"));
    }
  }

  @Test
  void aDifferenceIsShownRuleByRule() throws IOException {
    Path mine = temp.resolve("mine.recipe");
    String text = Recipes.text("hf-f32");
    Files.writeString(mine, text);
    JsonNode same = Cli.run("recipes", "diff", "hf-f32", mine, "--format", "json").exits(0).json();
    assertEquals(0, same.get("differences").size());
    Files.writeString(mine, text.replaceFirst("(?m)^kv.*$", "kv.* = cast(calc=f32,out=bf16)"));
    JsonNode other = Cli.run("recipes", "diff", "hf-f32", mine, "--format", "json").exits(0).json();
    assertEquals(2, other.get("differences").size());
  }
}
