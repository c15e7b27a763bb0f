package org.bitref.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The texts in the boxes of docs/recipes.md. */
final class RecipesPageTest {
  private static final Path PAGE = Path.of("docs/recipes.md");

  /** The texts of all boxes of a kind. */
  private static List<String> boxes(String kind) throws IOException {
    Pattern box = Pattern.compile("```" + kind + "\n(.*?)```", Pattern.DOTALL);
    List<String> texts =
        box.matcher(Files.readString(PAGE)).results().map(found -> found.group(1)).toList();
    assertTrue(!texts.isEmpty(), kind);
    return texts;
  }

  private static List<String> lines(String kind) throws IOException {
    return boxes(kind).stream().flatMap(String::lines).toList();
  }

  @Test
  void everyBoxIsOfAKindThatIsRead() throws IOException {
    List<String> kinds =
        Pattern.compile("^```(\\w+)$", Pattern.MULTILINE)
            .matcher(Files.readString(PAGE))
            .results()
            .map((MatchResult found) -> found.group(1))
            .distinct()
            .toList();
    assertEquals(
        List.of(
            "recipe",
            "input",
            "inner",
            "chain",
            "split",
            "combine",
            "epilogue",
            "example",
            "sum",
            "rules"),
        kinds);
  }

  @Test
  void wholeRecipesAreCanonical() throws IOException {
    for (String text : lines("recipe")) {
      assertEquals(text, StageRecipe.parse(text).text());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = " : ",
      value = {
        "input : %s | exact | seq | none | none | none",
        "inner : in=f16 | %s | seq | none | none | none",
        "chain : in=f16 | fma(acc=f32rne) | %s | none | none | none",
        "split : in=f16 | fma(acc=f32rne) | seq | %s | partial=f32,add=f32rne | none",
        "combine : in=f16 | fma(acc=f32rne) | seq | even(s=2) | %s | none",
        "epilogue : in=f16 | exact | seq | none | none | %s",
        "sum : norm(form=hf,sum=%s,out=f16)"
      })
  void partsAreRead(String kind, String around) throws IOException {
    for (String part : lines(kind)) {
      StageRecipe recipe = StageRecipe.parse(around.formatted(part));
      assertEquals(recipe, StageRecipe.parse(recipe.text()), part);
    }
  }

  @Test
  void rulesAreRead() throws IOException {
    ModelRecipe rules = ModelRecipe.parse("page", boxes("rules").getFirst());
    assertEquals(4, rules.rules().size());
    assertTrue(rules.of("layers.0.q_proj").text().contains("acc=f16rne"));
    assertTrue(rules.of("layers.10.q_proj").text().contains("acc=f32rz"));
  }

  @Test
  void theExampleGivesItsBits() throws IOException {
    String text = lines("example").getFirst();
    String exact = "in=f16 | exact | seq | none | none | add(bias,f64);cvt(f16,rne)";
    assertEquals(text, GemmRecipe.parse(text).text());
    assertEquals(0x6802, result(text));
    assertEquals(0x6803, result(exact));
  }

  private static long result(String recipe) {
    Shape row = Shape.of(1, 8);
    Tensor x =
        Tensor.ofFloats(row, 2048, 1, 0x1p-13f, 0x1p-12f, 3, 0.5f, -0x1p-13f, 0).cast(DType.F16);
    Tensor w = Tensor.ofFloats(row, 1, 1, 1, 1, 1, 1, 1, 1).cast(DType.F16);
    GemmOperands bias = GemmOperands.NONE.withBias(Tensor.ofFloats(Shape.of(1), 0.5f));
    try (Workers workers = new Workers(1)) {
      return Kernels.gemm(GemmRecipe.parse(recipe)).multiply(x, w, bias, workers).bits(0);
    }
  }
}
