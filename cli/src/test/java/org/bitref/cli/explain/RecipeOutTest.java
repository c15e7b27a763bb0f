package org.bitref.cli.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bitref.cli.Cli;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.recipe.Recipes;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The recipes that explain writes, run by golden. */
class RecipeOutTest {
  private static final Path BF16 = Path.of(Cli.CAPTURE);
  private static final Path F16 = Cli.DEMO.resolve("hf-cpu-f16-eager.safetensors");
  private static final String OTHER =
      "in=f16 | fda(w=16,F=25,acc=f16rne) | seq | none | none | cvt(f16,rne)";

  @TempDir private Path temp;

  /** A prefill of the demo's model from the inputs of its float16 capture. */
  private Path golden(String name, String rules, String stages) {
    Path out = temp.resolve(name + ".safetensors");
    Path recipe = temp.resolve(name + ".rules");
    write(recipe, rules + Recipes.text("hf-f16-eager"));
    Cli.run("golden", Cli.MODEL, "--inputs", F16, "--recipe", recipe, "--stages", stages, "-o", out)
        .exits(0);
    return out;
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Cli explain(Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("explain", "--model", Cli.MODEL));
    all.addAll(List.of(arguments));
    return Cli.run(all.toArray());
  }

  /** Every tensor of the capture is equal where the recipe was run on its inputs. */
  private void reproduces(Path recipe, Path capture) {
    Path out = temp.resolve("again.safetensors");
    Cli.run("golden", Cli.MODEL, "--inputs", capture, "--recipe", recipe, "-o", out, "--force")
        .exits(0);
    JsonNode compared =
        Cli.run("compare", out, capture, "--allow-missing", ".*", "--format", "json")
            .exits(0)
            .json();
    int stages = 0;
    for (JsonNode stage : compared.get("stages")) {
      assertEquals(stage.get("total"), stage.get("equal"), stage::toString);
      stages++;
    }
    assertTrue(stages > 20, compared::toString);
  }

  @Tag("long")
  @Test
  void goldenReproducesBothCapturesByTheirRecipes() throws IOException {
    Path bf16 = temp.resolve("bf16.recipe");
    Path f16 = temp.resolve("hf-cpu-f16-eager.recipe");
    explain(BF16, F16, "--recipe-out", "hf-cpu-bf16-eager=" + bf16, "--recipe-out", f16).exits(0);
    reproduces(bf16, BF16);
    reproduces(f16, F16);
    String text = Files.readString(bf16);
    assertTrue(text.contains("# attn_out of layers 0-1: 114688 of 114688 outputs equal."), text);
    assertTrue(text.contains("\nlayers\\.\\d+\\.attn_out = attention("), text);
    assertTrue(
        text.contains("# hidden of layer 3: follows. The rule of other layers stands in.\n"), text);
    text.lines()
        .filter(line -> !line.contains("="))
        .forEach(line -> assertTrue(line.length() <= 80, line));
  }

  /** An engine picks its products layer by layer. */
  @Test
  void aLayerWithAnotherProductHasARuleOfItsOwn() throws IOException {
    Path mixed = golden("mixed", "layers\\.1\\.mlp_down = " + OTHER + "\n", "(?!layers\\.[23]).*");
    Path recipe = temp.resolve("mixed.recipe");
    explain(mixed, F16, "--recipe-out", recipe).exits(0);
    List<String> rules =
        Files.readAllLines(recipe).stream()
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .toList();
    assertTrue(rules.getFirst().startsWith("layers\\.1\\.mlp_down = "), rules::toString);
    assertEquals(
        1, rules.stream().filter(rule -> rule.startsWith("layers\\.1")).count(), rules::toString);
    reproduces(recipe, mixed);
  }

  /** The same tensors, some of them changed. */
  private Path changed(Path from, String name, Map<String, UnaryOperator<Tensor>> changes) {
    Path path = temp.resolve(name + ".safetensors");
    List<TensorEntry> entries = new ArrayList<>();
    try (TensorSource source = Sources.open(from)) {
      for (String tensor : source.tensors().keySet()) {
        UnaryOperator<Tensor> change = changes.getOrDefault(tensor, UnaryOperator.identity());
        entries.add(TensorEntry.of(tensor, change.apply(source.read(tensor))));
      }
      SafetensorsWriter.write(path, Map.of(), entries, false);
    }
    return path;
  }

  @Test
  void anInputReadBeforeItsRoundingIsSaid() throws IOException {
    Path wide =
        golden(
            "wide",
            ".*\\.mlp_act = silu(calc=f32,exp=sleef,out=f32)\n",
            "layers\\.0\\.(gate_proj|up_proj|mlp_act|mlp_mul)");
    Path fused =
        changed(wide, "fused", Map.of("layers.0.mlp_act", tensor -> tensor.cast(DType.F16)));
    Path recipe = temp.resolve("fused.recipe");
    Cli run =
        explain(fused, F16, "--stages", "mlp_act,mlp_mul", "--layers", "0", "--recipe-out", recipe);
    String text = Files.readString(recipe).replace("\n# ", " ");
    assertTrue(
        text.contains(
            "mlp_mul of layer 0: 78848 of 78848 outputs equal; from unrounded mlp_act of layer 0,"
                + " which golden rounds before: there it has other bits."),
        text);
    assertTrue(
        run.err().contains("fused.recipe: mlp_mul of layer 0 read inputs before their rounding"),
        run.err());
  }

  @Test
  void aStageWithoutARecipeIsNamed() throws IOException {
    Path other =
        changed(
            F16,
            "other",
            Map.of(
                "layers.0.mlp_act",
                tensor -> {
                  TensorBuilder copy = new TensorBuilder(tensor.dtype(), tensor.shape());
                  copy.copy(0, tensor, 0, tensor.elements());
                  copy.set(5, 3 + tensor.get(5));
                  return copy.build();
                }));
    Path recipe = temp.resolve("x.recipe");
    Cli run =
        explain(
            other, F16, "--stages", "mlp_act", "--layers", "0", "--recipe-out", "other=" + recipe);
    String text = Files.readString(recipe);
    assertTrue(
        text.contains("# mlp_act of layer 0: corrupt. The rule of hf-f16-eager stands in."), text);
    assertTrue(
        text.contains(
            "# Nearest, with 78847 of 78848 outputs of layers.0.mlp_act equal:\n#   silu("),
        text);
    assertTrue(
        run.err().contains("have no recipe that gives every output: corrupt: mlp_act of layer 0"),
        run.err());
  }

  @ParameterizedTest
  @CsvSource({
    "x.recipe, no system is called \"x\"",
    "trt=x.recipe, no system is called \"trt\"",
    "hf-cpu-f16-eager=, no file is named",
  })
  void whatIsOfNoSystemIsWrongUsage(String argument, String hint) {
    Cli run = explain(BF16, F16, "--recipe-out", argument).exits(2);
    assertTrue(run.err().contains(hint), run.err());
    assertEquals("", run.out());
    assertFalse(Files.exists(Path.of("x.recipe")));
    if (hint.startsWith("no system")) {
      assertTrue(run.err().contains("hf-cpu-bf16-eager or hf-cpu-f16-eager"), run.err());
    }
  }
}
