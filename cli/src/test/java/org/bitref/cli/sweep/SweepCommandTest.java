package org.bitref.cli.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.cli.Cli;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SweepCommandTest {
  @TempDir Path temp;

  /** Stages of each kind of recipe but attention, which takes long. */
  private static final String FEW = "layers\\\\.0\\\\.(q_proj|k_norm|k_rope|mlp_act|hidden)";

  /** An experiment of the guide on the demo's data, with a part replaced. */
  private static String experiment(String name, String part, String by) throws IOException {
    String guide = Experiments.ofGuide(name);
    assertTrue(guide.contains(part), part);
    return Experiments.on(
        Cli.DEMO, guide.replaceFirst(Pattern.quote(part), Matcher.quoteReplacement(by)));
  }

  /** The guide's capture with few stages. */
  private static String few() throws IOException {
    return experiment("captured.json", "layers\\\\.0\\\\..*", FEW);
  }

  private Cli sweep(String text, Object... more) throws IOException {
    Path file = Files.writeString(temp.resolve("experiment.json"), text);
    List<Object> args = new ArrayList<>(List.of("sweep", file));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  @Test
  void eachSystemIsExplainedByItsOwnRecipe() throws IOException {
    JsonNode json = sweep(experiment("captured.json", "", ""), "--format", "json").exits(0).json();
    assertEquals("bitref.sweep/1", json.get("schema").asText());
    Map<String, String> first = new HashMap<>();
    for (JsonNode system : json.get("systems")) {
      JsonNode winner = system.get("ranking").get(0);
      first.put(system.get("system").asText(), winner.get("hypothesis").asText());
      assertEquals(winner.get("cells"), winner.get("explained"), system.toString());
    }
    assertEquals(
        Map.of(
            "hf-cpu-bf16-eager", "transformers, bfloat16",
            "hf-cpu-f16-eager", "transformers, float16"),
        first);
    for (JsonNode cell : json.get("cells")) {
      boolean whole = cell.get("equal").asLong() == cell.get("total").asLong();
      assertEquals(whole, cell.get("max_ulp").asLong() == 0, cell.toString());
      assertEquals(whole, cell.get("max_abs").asDouble() == 0, cell.toString());
      assertTrue(cell.get("mean_abs").asDouble() <= cell.get("max_abs").asDouble());
    }
  }

  @Test
  void aSweepGoesOnFromWhatIsFinishedAndEndsInTheSameBytes() throws IOException {
    Path whole = temp.resolve("whole");
    sweep(few(), "-o", whole).exits(0);
    SortedMap<String, String> expected = Experiments.contents(whole);
    Path stopped = temp.resolve("stopped");
    Files.createDirectories(stopped.resolve("cells"));
    int kept = 0;
    for (String file : expected.keySet()) {
      if (file.startsWith("cells") && kept++ % 2 == 0) {
        Files.writeString(stopped.resolve(file), expected.get(file));
      }
    }
    // What a kill leaves behind, and a file that a bad disk has cut.
    Files.writeString(stopped.resolve("cells/.x.json.tmp-0123456789abcd"), "{");
    Files.writeString(stopped.resolve(expected.firstKey()), "{\"key\":");
    Cli run = sweep(few(), "-o", stopped, "--threads", "1").exits(0);
    int left = expected.size() - 1 - (kept + 1) / 2 + 1;
    assertTrue(run.err().contains(left + " to compute"), run.err());
    assertEquals(expected, Experiments.contents(stopped));
    assertTrue(sweep(few(), "-o", stopped).exits(0).err().contains(" 0 to compute"));
  }

  @Test
  void aCellIsItsInputsAndNotItsName() throws IOException {
    Path out = temp.resolve("out");
    sweep(few(), "-o", out).exits(0);
    String renamed = few().replace("float32 inside", "other");
    Cli refused = sweep(renamed, "-o", out).exits(3);
    assertTrue(refused.err().contains("another experiment"), refused.err());
    Cli forced = sweep(renamed, "-o", out, "--force").exits(0);
    assertTrue(forced.err().contains(" 0 to compute"), forced.err());
    String other = few().replace("hf-f32", "hf-cuda-f16-eager");
    assertFalse(sweep(other, "-o", out, "--force").exits(0).err().contains(" 0 to compute"));
  }

  @Test
  void aModelShowsWhatEachRoundingCosts() throws IOException {
    Map<String, JsonNode> cells =
        cells(sweep(experiment("model.json", "", ""), "--format", "json"));
    for (String same : List.of("layers.0.q_proj", "layers.0.attn_out")) {
      assertTrue(whole(cells.get(same + " MLP only")), same);
      assertFalse(whole(cells.get(same + " all products")), same);
    }
    double all = cells.get("logits all products").get("mean_abs").asDouble();
    double mlp = cells.get("logits MLP only").get("mean_abs").asDouble();
    assertTrue(0 < mlp && mlp < all, mlp + " of " + all);
  }

  @Test
  void anAnchoredStageDependsOnItsOwnRecipeOnly() throws IOException {
    String anchored = experiment("model.json", "\"stages\"", "\"run\": \"anchored\", \"stages\"");
    Map<String, JsonNode> cells = cells(sweep(anchored, "--format", "json"));
    String down = "layers.3.mlp_down ";
    assertEquals(
        cells.get(down + "all products").get("key"), cells.get(down + "MLP only").get("key"));
    assertFalse(cells.containsKey("layers.3.q_proj MLP only"));
    Map<String, JsonNode> whole =
        cells(sweep(experiment("model.json", "", ""), "--format", "json"));
    assertNotEquals(
        whole.get(down + "all products").get("key"), whole.get(down + "MLP only").get("key"));
  }

  private static Map<String, JsonNode> cells(Cli run) {
    Map<String, JsonNode> cells = new HashMap<>();
    for (JsonNode cell : run.exits(0).json().get("cells")) {
      cells.put(cell.get("stage").asText() + " " + cell.get("hypothesis").asText(), cell);
    }
    return cells;
  }

  private static boolean whole(JsonNode cell) {
    return cell.get("equal").asLong() == cell.get("total").asLong();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"hf-f32\" | \"hf-f33\" | hypotheses[0].rules..*: recipe \"hf-f33\"",
        "\".*\": \"hf-f32\" | \"(\": \"hf-f32\" | hypotheses[0].rules.(: no regular expression",
        "\"float32 inside\" | \"transformers, float16\" | hypotheses[2].name is",
        "\"stages\" | \"stage\" | stage is no field here",
        "\"captures\": | \"captures\": \"x\", \"systems\": | captures is not a JSON array",
        "\"captures\" | \"inputs\": \"i\", \"captures\" | captures: give captures, or",
        "\"model\" | \"run\": \"end_to_end\", \"model\" | run: captures",
        "\"model\" | \"run\": \"backwards\", \"model\" | run is \"backwards\"",
        "\"model\" | \"reference\": \"nope\", \"model\" | reference: no recipe",
        "\".*\": \"hf-f32\" | \".*\": \"hopper-f16-f16acc\" | hypotheses[0].rules: has for",
      })
  void aBadExperimentNamesFileAndPath(String part, String by, String message) throws IOException {
    String text = experiment("captured.json", part, by);
    Cli run = sweep(text, "-o", temp.resolve("out")).exits(3);
    assertTrue(run.err().contains("experiment.json: " + message), run.err());
    assertEquals("", run.out());
    assertFalse(Files.exists(temp.resolve("out")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"model\" | \"systems\": [\"nope\"], \"model\" | system \"nope\": is not in",
        "hf-cpu-bf16-eager.safetensors | none.safetensors | none.safetensors: ",
        "hf-cpu-bf16-eager.safetensors | hf-cpu-f16-eager.safetensors | of the name",
      })
  void badDataIsNamed(String part, String by, String message) throws IOException {
    Cli run = sweep(experiment("captured.json", part, by)).exits(3);
    assertTrue(run.err().contains(message), run.err());
  }

  @Test
  void aFolderOfOtherThingsIsLeftAlone() throws IOException {
    Path folder = Files.createDirectory(temp.resolve("mine"));
    Files.writeString(folder.resolve("notes"), "mine");
    assertTrue(sweep(few(), "-o", folder).exits(3).err().contains("holds no sweep"));
    assertEquals(Map.of("notes", "mine"), Experiments.contents(folder));
  }

  @Test
  void theTextFitsATerminalWhereNamesAllow() throws IOException {
    String text = sweep(few()).exits(0).out();
    assertTrue(text.contains("all equal: "), text);
    assertTrue(text.contains("tensor cores, float16"), text);
    text.lines().forEach(line -> assertTrue(line.length() <= 80, line));
  }
}
