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
import org.bitref.cli.Cli;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplainCommandTest {
  private static final List<String> MLP =
      List.of("gate_proj", "up_proj", "mlp_act", "mlp_mul", "input_hidden", "o_proj");

  @TempDir private Path temp;

  /** Part of a layer of two captured forward passes, as systems of one file. */
  private Path oneFile() {
    return oneFile("mlp_mul");
  }

  /**
   * @param product the stage that stands for mlp_mul in the second system
   */
  private Path oneFile(String product) {
    Path path = temp.resolve("two-systems.safetensors");
    List<TensorEntry> entries = new ArrayList<>();
    try (TensorSource bf16 = Sources.open(Path.of(Cli.CAPTURE));
        TensorSource f16 = Sources.open(Cli.DEMO.resolve("hf-cpu-f16-eager.safetensors"))) {
      for (String stage : MLP) {
        String name = "layers.0." + (stage.equals("mlp_mul") ? product : stage);
        entries.add(TensorEntry.of("bf16." + stage, bf16.read("layers.0." + stage)));
        entries.add(TensorEntry.of("f16." + stage, f16.read(name)));
      }
      SafetensorsWriter.write(path, Map.of(), entries, true);
    }
    return path;
  }

  @Test
  void everyFieldOfTheContractIsThere() {
    JsonNode json =
        Cli.run("explain", oneFile(), "--systems", "bf16,f16", "--format", "json").exits(4).json();
    assertEquals("bitref.explain/1", json.get("schema").asText());
    // The difference starts in a product whose input is not in the file.
    assertEquals("inconclusive", json.get("verdict").asText());
    assertTrue(json.get("reason").asText().contains("attn_out was not captured"));
    assertEquals(2, json.get("systems").size());
    assertEquals("bf16", json.get("chain").get("a").asText());
    JsonNode act = stage(json, "layers.0.mlp_act");
    for (JsonNode system : act.get("systems")) {
      assertEquals("reproduced", system.get("status").asText());
      assertTrue(system.get("recipe").asText().startsWith("silu("), system::toString);
      assertTrue(system.get("own_error").get("mean_abs").isNumber());
      assertTrue(system.get("evidence").get("tried").asInt() > 5);
    }
    JsonNode pair = act.get("pairs").get(0);
    assertEquals(112 * 704, pair.get("total").asLong());
    assertTrue(pair.get("ulp_histogram").size() > 1);
    assertTrue(pair.get("cause").get("gain").isNumber());
    assertTrue(pair.get("inherited_share").asDouble() > 0.5);
    assertEquals("f16", pair.get("nearer").asText());
    assertEquals(32, pair.get("error_map").get("means").size());
    JsonNode product = stage(json, "layers.0.gate_proj").get("systems").get(0);
    assertEquals("input-not-captured", product.get("status").asText());
    assertTrue(product.get("reason").asText().contains("post_attn_ln was not captured"));
  }

  private static JsonNode stage(JsonNode json, String name) {
    for (JsonNode stage : json.get("stages")) {
      if (stage.get("name").asText().equals(name)) {
        return stage;
      }
    }
    throw new AssertionError(name);
  }

  @Test
  void theTextFitsATerminal() throws IOException {
    Path html = temp.resolve("page.html");
    Cli run = Cli.run("explain", oneFile(), "--html", html).exits(4);
    // A recipe is one word.
    run.out()
        .lines()
        .filter(line -> !line.contains("="))
        .forEach(line -> assertTrue(line.length() <= 80, line));
    assertTrue(run.out().contains("Verdict: inconclusive"), run.out());
    assertTrue(Files.readString(html).contains("Verdict: inconclusive"));
  }

  @Test
  void aWrongStageIsCorrupt() {
    Cli run = Cli.run("explain", oneFile("gate_proj")).exits(1);
    assertTrue(run.out().contains("Verdict: corrupt: mlp_mul of f16"), run.out());
  }

  @Test
  void aFactorLeftOutIsAnotherFunction() {
    Cli run = Cli.run("explain", oneFile("up_proj")).exits(1);
    String verdict = "other-function: at mlp_mul bf16 has the model's function, and f16 has";
    assertTrue(run.out().replaceAll("\\s+", " ").contains(verdict), run.out());
    assertTrue(run.out().contains("computed from up_proj"), run.out());
  }

  @Test
  void unequalPromptsAreInconclusive() {
    List<TensorEntry> a = new ArrayList<>();
    List<TensorEntry> b = new ArrayList<>();
    try (TensorSource source = Sources.open(Path.of(Cli.CAPTURE))) {
      for (String name : List.of("inputs_embeds", "layers.0.gate_proj", "layers.0.mlp_act")) {
        a.add(TensorEntry.of(name, source.read(name)));
        Tensor other = source.read(name.equals("inputs_embeds") ? "layers.0.o_proj" : name);
        b.add(TensorEntry.of(name, other));
      }
      SafetensorsWriter.write(temp.resolve("a.safetensors"), Map.of(), a, false);
      SafetensorsWriter.write(temp.resolve("b.safetensors"), Map.of(), b, false);
    }
    Cli run =
        Cli.run("explain", temp.resolve("a.safetensors"), temp.resolve("b.safetensors")).exits(4);
    assertTrue(run.out().contains("UNEQUAL: inputs_embeds"), run.out());
  }

  @Test
  void whatCannotBeUsedIsSaid() {
    Cli one = Cli.run("explain", Cli.CAPTURE).exits(3);
    assertTrue(one.err().contains("holds 1 system(s)"), one.err());
    Cli unknown = Cli.run("explain", oneFile(), "--systems", "f16,f8").exits(2);
    assertTrue(unknown.err().contains("no system is called \"f8\"; the nearest"), unknown.err());
    assertEquals(2, Cli.run("explain", oneFile(), "--systems", "f16").code());
    assertEquals(2, Cli.run("explain").code());
  }

  @Test
  void onlyWhatIsAskedForIsJudged() throws IOException {
    Path html = temp.resolve("page.html");
    Cli run = Cli.run("explain", oneFile(), "--stages", "mlp_mul,mlp_act", "--html", html).exits(0);
    String text = run.out().replaceAll("\\s+", " ");
    String scope = "Of all stages only mlp_act, mlp_mul were looked at, 2 of 6.";
    assertTrue(text.contains(scope), text);
    assertTrue(Files.readString(html).contains(scope));
    assertTrue(text.contains("inputs of mlp_act: UNEQUAL: gate_proj ("), text);
    assertTrue(text.contains("Of all that was captured o_proj ("), text);
    assertTrue(text.contains("is the first to differ, before the stages looked at."), text);
    assertTrue(
        text.contains("by rounding only, in all stages that were looked at and could be"), text);
    JsonNode json =
        Cli.run("explain", oneFile(), "--layers", "0", "--stages", "mlp_gate", "--format", "json")
            .json();
    JsonNode looked = json.get("looked_at");
    assertEquals("[0]", looked.get("layers").toString());
    assertEquals("[\"gate_proj\"]", looked.get("names").toString());
    assertEquals(1, looked.get("stages").asInt());
    assertEquals(6, looked.get("of_stages").asInt());
    assertEquals("layers.0.gate_proj", looked.get("before").get(0).get("stage").asText());
    assertEquals(1, json.get("stages").size());
  }

  @Test
  void layersAreToldAsTheUserWroteThem() {
    assertEquals("0, 2-3, 5-7", ScopeWords.ranges(List.of(7, 6, 0, 2, 3, 5)));
    Path path = temp.resolve("four.safetensors");
    List<TensorEntry> entries = new ArrayList<>();
    for (int layer = 0; layer < 4; layer++) {
      for (String system : List.of("a", "b")) {
        String name = system + ".layers." + layer + ".up_proj";
        entries.add(TensorEntry.of(name, Tensor.ofFloats(Shape.of(2, 2), 1.1f, 2, 3, layer)));
      }
    }
    SafetensorsWriter.write(path, Map.of(), entries, true);
    String text = Cli.run("explain", path, "--layers", "0,2-3").exits(0).out();
    assertTrue(text.contains("Only layers 0, 2-3 of 4 were looked at."), text);
    assertTrue(text.replaceAll("\\s+", " ").contains("in every stage that was looked at."), text);
    String one = Cli.run("explain", path, "--layers", "1").exits(0).out();
    assertTrue(one.contains("Only layer 1 of 4 was looked at."), one);
    assertFalse(Cli.run("explain", path).exits(0).out().contains("looked at"));
  }

  @Test
  void whatTheCaptureDoesNotHoldIsWrongUsage() {
    Path file = oneFile();
    Cli layer = Cli.run("explain", file, "--layers", "0-1").exits(2);
    assertTrue(layer.err().contains("no stage of layer 1; its layers are 0"), layer.err());
    Cli stage = Cli.run("explain", file, "--stages", "mlp_act,mlp_mull").exits(2);
    assertTrue(
        stage.err().contains("no stage \"mlp_mull\"; the nearest names are \"mlp_mul\""),
        stage.err());
    assertEquals("", stage.out());
  }

  @Tag("long")
  @Test
  void twoFormatsOfOneModel() {
    JsonNode json =
        Cli.run(
                "explain",
                Cli.DEMO.resolve("hf-cpu-f16-eager.safetensors"),
                Cli.CAPTURE,
                "--model",
                Cli.MODEL,
                "--systems",
                "hf-cpu-f16-eager,hf-cpu-bf16-eager",
                "--format",
                "json")
            .exits(0)
            .json();
    for (JsonNode stage : json.get("stages")) {
      for (JsonNode system : stage.get("systems")) {
        assertFalse(
            List.of("unexplained", "corrupt").contains(system.get("status").asText()),
            system::toString);
      }
    }
    String cause = json.get("chain").get("answers").get(1).get("answer").asText();
    assertTrue(cause.contains("a rounding of hf-cpu-bf16-eager is 8 times as large"), cause);
  }
}
