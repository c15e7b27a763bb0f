package org.bitref.cli.predict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bitref.cli.Cli;
import org.bitref.cli.dump.Dump;
import org.bitref.kernel.Workers;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.model.PrefillInputs;
import org.bitref.predict.Growth;
import org.bitref.predict.Measurement;
import org.bitref.predict.Prediction;
import org.bitref.predict.Prediction.StageDrift;
import org.bitref.recipe.Recipes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PredictCommandTest {
  private static final Path PROMPT = Cli.DEMO.resolve("hf-cpu-f16-eager.safetensors");

  private static Measurement measure(String a, String b, int layers) {
    try (Checkpoint checkpoint = Checkpoint.open(Path.of(Cli.MODEL));
        Dump prompt = Dump.open(PROMPT);
        Workers workers = new Workers(2)) {
      List<PrefillInputs> prompts = Prompts.of(prompt, checkpoint.config(), 1, 0);
      return Measurement.of(
          prompts,
          checkpoint,
          new Measurement.Pair(Recipes.model(a), Recipes.model(b)),
          layers,
          workers,
          layer -> {});
    }
  }

  @Test
  void layersThreeAndFourFollowFromOneAndTwo() {
    Measurement m = measure("hf-f16-eager", "tensorrt-10.6-strong", 4);
    Growth growth = Growth.of(m.firstLayers(2));
    Prediction.Check check = Prediction.of(growth, m.tokens(), 4, m.tokens(), 0).check(m, 2);
    // 19 stages of a layer, keys and values of its cache; a range holds 95 % of them.
    assertEquals(42, check.total());
    assertTrue(check.inside() >= 0.95 * check.total(), check.toString());
  }

  @Test
  void aRangeIsNarrowEnoughToRefuseAnotherSystem() {
    Measurement half = measure("hf-f32", "hf-f16-eager", 2);
    Prediction p = Prediction.of(Growth.of(half), half.tokens(), 2, half.tokens(), 0);
    assertEquals(new Prediction.Check(21, 21), p.check(half, 1));
    // Three bits less: every stage drifts about eight times more.
    Measurement other = measure("hf-f32", "hf-bf16-eager", 2);
    assertEquals(new Prediction.Check(0, 21), p.check(other, 1));
    StageDrift hidden = p.stages().getLast();
    assertTrue(hidden.low() > 0 && hidden.high() < 8 * hidden.low(), hidden.toString());
  }

  @Test
  void theGuidesCommandPredictsAndSaysHowSureItIs() throws IOException {
    Cli text = Cli.run(guide().toArray()).exits(0);
    text.out().lines().forEach(l -> assertTrue(l.length() <= 80, l));
    String flat = text.out().replaceAll("\\s+", " ");
    assertTrue(flat.contains("differ after 12 layers and 3006 tokens by "), flat);
    assertTrue(flat.contains("stages inside their range"), flat);
  }

  @Test
  void whatFourLayersDoNotCarryIsRefusedInTheGuidesWords() throws IOException {
    List<String> words = guide();
    words.set(words.indexOf("--layers") + 1, "36");
    Cli text = Cli.run(words.toArray()).exits(4);
    text.out().lines().forEach(l -> assertTrue(l.length() <= 80, l));
    String guide = Files.readString(Cli.DEMO.resolveSibling("docs").resolve("predict.md"));
    String refusal = text.out().substring(text.out().indexOf("No prediction"));
    assertTrue(guide.contains(refusal.strip().indent(4).stripTrailing()), refusal);
    assertFalse(text.out().contains("differ after"), text.out());
    words.addAll(List.of("--format", "json"));
    JsonNode json = Cli.run(words.toArray()).exits(4).json();
    assertTrue(json.get("refused").asBoolean());
    int layers = json.at("/reach/layers").asInt();
    assertEquals(21 * layers, json.get("stages").size());
    for (JsonNode stage : json.get("stages")) {
      assertTrue(stage.get("layer").asInt() < layers, stage.toString());
      assertTrue(stage.get("high").asDouble() <= Math.sqrt(2), stage.toString());
    }
  }

  private static List<String> guide() throws IOException {
    Path guide = Cli.DEMO.resolveSibling("docs").resolve("predict.md");
    String line =
        Files.readAllLines(guide).stream()
            .filter(text -> text.startsWith("    bitref predict tiny"))
            .findFirst()
            .orElseThrow()
            .replace("tiny-qwen3-vl", Cli.MODEL)
            .replace(PROMPT.getFileName().toString(), PROMPT.toString());
    List<String> words = new ArrayList<>(Arrays.asList(line.strip().split(" ", -1)));
    words.remove("bitref");
    return words;
  }

  @Test
  void theJsonIsTheSameOnAnyNumberOfThreads() {
    Cli one = predict("hf-f16-eager", "hf-f32", "--threads", "1");
    Cli two = predict("hf-f16-eager", "hf-f32", "--threads", "2");
    assertEquals(one.exits(0).out(), two.exits(0).out());
    JsonNode json = one.json();
    assertEquals("bitref.predict/1", json.get("schema").asText());
    assertEquals(3 * 21, json.get("stages").size());
    assertEquals(2, json.at("/measured/layers").asInt());
    for (JsonNode stage : json.get("stages")) {
      double relative = stage.get("relative").asDouble();
      assertTrue(stage.get("low").asDouble() <= relative, stage.toString());
      assertTrue(relative <= stage.get("high").asDouble(), stage.toString());
    }
    assertNotEquals(0, json.get("stages").get(62).get("relative").asDouble());
  }

  @Test
  void aSystemDoesNotDriftFromItself() {
    for (JsonNode stage : predict("hf-f32", "hf-f32").exits(0).json().get("stages")) {
      assertEquals(0, stage.get("high").asDouble(), stage.toString());
      assertEquals(1, stage.get("cosine").asDouble(), stage.toString());
    }
  }

  private static Cli predict(String a, String b, String... more) {
    List<Object> args =
        new ArrayList<>(List.of("predict", Cli.MODEL, "--inputs", PROMPT, "--a", a, "--b", b));
    args.addAll(List.of("--measure", "2", "--layers", "3", "--prompts", "1", "--format", "json"));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2 | --a nope --b hf-f32 | '--a': no recipe",
        "2 | --a hf-f32 --b hf-f32 --measure 1 | at least 2, not 1",
        "2 | --a hf-f32 --b hf-f32 --length 0 | at least 1, not 0",
        "3 | --a hf-f32 --b hf-f32 --measure 9 | has 4 layers; 9 cannot be measured",
      })
  void wrongUseIsNamed(int code, String options, String message) {
    List<Object> args = new ArrayList<>(List.of("predict", Cli.MODEL, "--inputs", PROMPT));
    args.addAll(Arrays.asList(options.split(" ", -1)));
    Cli run = Cli.run(args.toArray()).exits(code);
    assertTrue(run.err().contains(message), run.err());
    assertEquals("", run.out());
  }
}
