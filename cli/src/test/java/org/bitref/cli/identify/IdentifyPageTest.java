package org.bitref.cli.identify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.bound.InputRounding;
import org.bitref.bound.ProductFamily;
import org.bitref.bound.ProductFamily.Arithmetic;
import org.bitref.bound.Region;
import org.bitref.cli.Cli;
import org.bitref.cli.html.Chromium;
import org.bitref.cli.html.WebPage;
import org.bitref.diagnose.Corruption;
import org.bitref.diagnose.Damage;
import org.bitref.diagnose.Diagnosed;
import org.bitref.diagnose.Pattern;
import org.bitref.kernel.Scales;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.recipe.Device;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Presets;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Excluded;
import org.bitref.search.Identification.Match;
import org.bitref.search.Identification.TileMatch;
import org.bitref.search.Outcome;
import org.bitref.search.Tie;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentifyPageTest {
  private static final GemmRecipe HALF = Presets.GEMM.get("tensorrt-f16-f16acc").recipe();
  private static final GemmRecipe SINGLE = Presets.GEMM.get("hopper-f16-f32acc").recipe();

  @TempDir private Path temp;

  private static WebPage page(Identification found) {
    IdentifyReport report =
        new IdentifyReport(
            "f<1>",
            "y&z",
            Scales.NONE,
            found,
            new KnownRecipes(List.of(), List.of()),
            Optional.empty(),
            Optional.empty(),
            Device.UNKNOWN,
            1.25);
    List<String> arguments = List.of("identify", "f<1>");
    return WebPage.of(
        new IdentifyPage(report, Map.of("key", "<v>"), "x [2, 3]", arguments).toString());
  }

  @Test
  void tiesComeWithTheirProbes() throws IOException {
    WebPage page =
        page(
            new Identification(
                new Outcome.Classes(2),
                96,
                List.of(new Match(HALF, 96), new Match(SINGLE, 96)),
                List.of(),
                List.of(new Tie(HALF, new Tie.Random(1, 2)), new Tie(SINGLE, Tie.Other.PROBE)),
                List.of(),
                List.of(),
                17));
    assertEquals(
        "y&z: ambiguous: 2 classes of recipes reproduce every output and differ on other inputs.",
        page.texts("p").getFirst());
    assertTrue(
        page.rows().contains(HALF.text() + "|random inputs of this shape: 1 of 2 outputs differ"));
    assertTrue(page.rows().contains(SINGLE.text() + "|96|96"));
    page.says("Functions tried: 17.");
    page.says("bitref identify 'f<1>'");
    page.says("tensorrt-f16-f16acc");
    Path file = Files.writeString(temp.resolve("page.html"), page.html());
    Chromium seen = Chromium.load(file, temp);
    assertEquals(List.of(), seen.console());
    assertTrue(
        seen.dom()
            .contains(
                "y&amp;z: ambiguous: 2 classes of recipes reproduce every output and differ on"
                    + " other inputs."),
        seen.dom());
  }

  @Test
  void whatFailedIsSaid() {
    WebPage page =
        page(
            new Identification(
                new Diagnosed.Damaged(
                    new Corruption(
                        Pattern.SCALED,
                        new Damage.Scaled(3.3, List.of()),
                        0,
                        10,
                        new Region(0, 1, 0, 4))),
                10,
                List.of(new Match(HALF, 3)),
                List.of(SINGLE),
                List.of(),
                List.of(new TileMatch(SINGLE, 1, 4, 5, 0, 64)),
                List.of(new Excluded.Kind("split K", 2)),
                5));
    page.says("corrupt: all outputs are scaled by the constant 3.30.");
    page.says("Pattern: scaled.");
    assertTrue(
        page.texts("li")
            .containsAll(
                List.of(SINGLE.text(), "split K: none got more than the first 2 outputs right")));
    assertTrue(page.rows().contains(SINGLE.text() + "|4|5|rows 0-63, columns 64-127"));
    assertTrue(page.html().contains("class=\"verdict corrupt\""));
  }

  @Test
  void theBoundOfWhatIsNotExplainedIsNamed() {
    WebPage page =
        page(
            new Identification(
                new Diagnosed.Inside(
                    Optional.of(
                        new ProductFamily(
                            Arithmetic.FLOAT16_STEPS_OF_4,
                            InputRounding.NONE,
                            Optional.empty(),
                            false,
                            0,
                            0,
                            1)),
                    true),
                10,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                5));
    page.says(
        "Every output is inside the bound of: a float16 accumulator, fused steps of 4 or more terms"
            + " in any order.");
  }

  @Test
  void theCommandWritesIt() {
    Tensor zeros = Tensor.ofFloats(Shape.of(2, 2), 0, 0, 0, 0);
    Path file = temp.resolve("zeros.safetensors");
    List<TensorEntry> entries =
        List.of("x", "w", "y").stream().map(name -> TensorEntry.of(name, zeros)).toList();
    SafetensorsWriter.write(file, Map.of("made", "by hand"), entries, true);
    Path html = temp.resolve("page.html");
    Cli run =
        Cli.run("identify", file, "--x", "x", "--w", "w", "--y", "y", "--html", html).exits(4);
    WebPage page = WebPage.read(html);
    assertTrue(run.out().startsWith("y: INCONCLUSIVE"), run.out());
    assertTrue(page.texts("p").getFirst().startsWith("y: inconclusive: "));
    assertTrue(page.texts("dd").contains("by hand"));
    page.says("--x x --w w --y y --html " + html);
  }
}
