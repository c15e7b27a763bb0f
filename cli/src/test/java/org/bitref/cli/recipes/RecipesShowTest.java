package org.bitref.cli.recipes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.bitref.cli.Cli;
import org.bitref.recipe.Presets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a library takes at a size, and names that are mistyped. */
class RecipesShowTest {
  private static final String TABLE = "cublas-f16";

  private static Cli show(String... words) {
    Object[] all = new Object[words.length + 2];
    all[0] = "recipes";
    all[1] = "show";
    System.arraycopy(words, 0, all, 2, words.length);
    return Cli.run(all);
  }

  private static JsonNode atSize(String shape) {
    return show(TABLE, "--shape", shape, "--format", "json").exits(0).json();
  }

  @Test
  void aMeasuredSizeIsCalledMeasured() {
    JsonNode json = atSize("16x4096x4096");
    JsonNode table = json.at("/by_size/0");
    assertEquals(TABLE, table.get("table").asText());
    assertEquals("cuBLAS 13", table.get("library").asText());
    assertEquals("h200", table.get("device").asText());
    JsonNode choice = table.at("/sizes/0");
    assertTrue(choice.get("measured").asBoolean(), json.toString());
    assertEquals("M=16 N=4096 K=4096", choice.get("sizes").asText());
    assertEquals(choice.get("sizes"), choice.get("nearest"));
    assertEquals(json.at("/rules/gemm"), choice.get("recipe"));
    assertTrue(choice.get("recipe").asText().contains("splitk(s=2"), choice.toString());
    String text = show(TABLE, "--shape", "16x4096x4096").exits(0).out();
    assertTrue(text.startsWith(choice.get("recipe").asText() + "\n# "), text);
    assertFalse(text.contains("predicted"), text);
  }

  @Test
  void anotherSizeIsPredictedFromTheNearest() {
    JsonNode choice = atSize("16x1020x4090").at("/by_size/0/sizes/0");
    assertFalse(choice.get("measured").asBoolean(), choice.toString());
    assertEquals("M=16 N=1020 K=4090", choice.get("sizes").asText());
    assertEquals("M=16 N=1024 K=4096", choice.get("nearest").asText());
    assertEquals(atSize("16x1024x4096").at("/by_size/0/sizes/0/recipe"), choice.get("recipe"));
    String text = show(TABLE, "--shape", "16x1020x4090").exits(0).out().replace("\n# ", " ");
    assertTrue(text.contains("it is predicted, not measured: M=16 N=1020 K=4090"), text);
    assertTrue(text.contains("as for M=16 N=1024 K=4096. Confirm with `bitref probe`."), text);
  }

  @Test
  void aRecipeWithoutTableIsTheSameAtEverySize() {
    JsonNode json =
        show("hopper-f16-f32acc", "--shape", "16x4096x4096", "--format", "json").exits(0).json();
    assertEquals(0, json.get("by_size").size());
    String recipe = Presets.GEMM.get("hopper-f16-f32acc").recipe().text();
    assertEquals(recipe, json.at("/rules/gemm").asText());
  }

  @ParameterizedTest
  @ValueSource(strings = {"16x4096", "16x4096x4096x2", "0x4096x4096", "16xNx4096", "", "1e3x2x3"})
  void whatIsNoSizeIsRefused(String shape) {
    Cli run = show(TABLE, "--shape", shape).exits(3);
    assertTrue(run.err().contains("is not of the form MxNxK"), run.err());
    assertEquals("", run.out());
  }

  @ParameterizedTest
  @CsvSource({"cublas-f61, cublas-f16", "hf-bf16-eagr, hf-bf16-eager"})
  void aMistypedNameGetsTheNearest(String mistyped, String meant) {
    Cli run = show(mistyped).exits(2);
    assertTrue(run.err().contains("\"" + meant + "\""), run.err());
    assertEquals("", run.out());
  }

  @Test
  void aMistypedTableGetsTheNearest() {
    Cli run = show("cublas-f61", "--shape", "16x4096x4096").exits(2);
    assertTrue(run.err().contains("the nearest names are \"cublas-f16\""), run.err());
  }
}
