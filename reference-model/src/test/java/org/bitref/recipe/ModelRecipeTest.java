package org.bitref.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Recipes of a whole model, and the named ones. */
final class ModelRecipeTest {
  private static final String F16 = "cast(calc=f32,out=f16)";
  private static final String BF16 = "cast(calc=f32,out=bf16)";

  private static String refusal(String text) {
    return assertThrows(RecipeSyntaxException.class, () -> ModelRecipe.parse("mine", text))
        .getMessage();
  }

  @Test
  void theFirstRuleThatMatchesTheWholeNameWins() {
    ModelRecipe recipe =
        ModelRecipe.parse(
            "mine", "layers\\.1\\..* = " + F16 + "\nlayers.* = " + BF16 + "\nlayers.* = " + F16);
    assertEquals(F16, recipe.of("layers.1.hidden").text());
    assertEquals(BF16, recipe.of("layers.11.hidden").text());
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> recipe.of("my.layers.1.hidden"));
    assertEquals(
        "recipe mine has no rule for stage my.layers.1.hidden; add a line \"regex = recipe\"",
        e.getMessage());
  }

  @Test
  void commentsAndEmptyLinesAreSkipped() {
    String text = "# title\n\n   \t\n a|b=cast(out=f16) # why\r\n#c = cast(out=f32)\n";
    ModelRecipe recipe = ModelRecipe.parse("mine", text);
    assertEquals(List.of(new ModelRecipe.Rule("a|b", StageRecipe.parse(F16))), recipe.rules());
    assertEquals("a|b = " + F16 + "\n", recipe.text());
  }

  @Test
  void theCanonicalTextIsReadBack() {
    for (long seed = 1; seed <= 100; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder();
      List<ModelRecipe.Rule> all =
          Recipes.models().stream().flatMap(name -> Recipes.model(name).rules().stream()).toList();
      for (int i = random.nextInt(1, 9); i > 0; i--) {
        ModelRecipe.Rule rule = all.get(random.nextInt(all.size()));
        text.append(rule.pattern()).append(" ".repeat(random.nextInt(3))).append('=');
        text.append(rule.recipe().text()).append(random.nextBoolean() ? " # x = y\n" : "\n\n");
      }
      ModelRecipe recipe = ModelRecipe.parse("mine", text.toString());
      assertEquals(recipe, ModelRecipe.parse("mine", recipe.text()), "seed " + seed);
    }
  }

  @Test
  void messagesNameTheLine() {
    String good = "a = " + F16 + "\n";
    assertEquals(
        "recipe \"logits\": mine line 3: expected \"regex = recipe\"",
        refusal(good + "# b\n  logits  \n"));
    assertEquals(
        "recipe \"b = cast(out=f17)\": mine line 2: recipe \"cast(out=f17)\": \"f17\" is none of"
            + " f64 f32 tf32 e8m13 bf16 f16 e4m3 e5m2",
        refusal(good + "b = cast(out=f17)\n"));
    assertEquals(
        "recipe \"b = add(calc=bf16,out=f16)\": mine line 2: recipe \"add(calc=bf16,out=f16)\":"
            + " calc is bf16, not f32 or f64",
        refusal(good + "b = add(calc=bf16,out=f16)"));
    assertEquals(
        "recipe \"(b = cast(out=f16)\": mine line 2: Unclosed group",
        refusal(good + "(b = cast(out=f16)"));
    assertEquals("recipe \"mine\": no rule of the form \"regex = recipe\"", refusal("# none\n"));
    assertEquals("recipe \"mine\": no rule of the form \"regex = recipe\"", refusal(""));
  }

  @Test
  void presetsAreReadAndReadBack() {
    assertEquals(
        List.of("exact", "hf-f32", "hf-bf16-eager", "hf-f16-eager"),
        Recipes.models().subList(0, 4));
    for (String name : Recipes.models()) {
      ModelRecipe recipe = Recipes.model(name);
      assertEquals(name, recipe.name());
      assertEquals(recipe, ModelRecipe.parse(name, recipe.text()));
      assertTrue(Recipes.text(name).startsWith("# "), name);
    }
    assertEquals(
        "no recipe named \"hf\"; known are " + String.join(", ", Recipes.models()),
        assertThrows(IllegalArgumentException.class, () -> Recipes.model("hf")).getMessage());
  }

  /** What a preset stores in is what its name says. */
  @Test
  void presetsStoreWhatTheirNameSays() {
    List<String> stored = List.of("f64", "f32", "bf16", "f16");
    for (int i = 0; i < 4; i++) {
      for (ModelRecipe.Rule rule : Recipes.model(Recipes.models().get(i)).rules()) {
        assertEquals(stored.get(i), Part.word(rule.recipe().output()), rule.pattern());
      }
    }
  }
}
