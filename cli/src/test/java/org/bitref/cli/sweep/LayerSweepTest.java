package org.bitref.cli.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bitref.cli.Cli;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The sweep of the guide over a captured layer of three systems. */
@Tag("long")
class LayerSweepTest {
  @TempDir Path temp;
  private Path captures;
  private Path experiment;

  @BeforeEach
  void data() throws IOException {
    String folder = System.getProperty("bitref.captures", "");
    assumeTrue(!folder.isEmpty(), "-Dbitref.captures names no folder");
    captures = Path.of(folder);
    String text = Files.readString(Experiments.docs("layer0-experiment.json"));
    experiment = Files.writeString(temp.resolve("experiment.json"), Experiments.on(captures, text));
  }

  @Test
  void itsWinnersAreTheRecipesThatExplainFinds() {
    JsonNode sweep = Cli.run("sweep", experiment, "--format", "json").exits(0).json();
    Map<String, JsonNode> best = new HashMap<>();
    sweep.get("best").forEach(b -> best.put(b.get("stage").asText() + b.get("system").asText(), b));
    Map<String, Set<String>> hypotheses = new HashMap<>();
    for (JsonNode cell : sweep.get("cells")) {
      hypotheses
          .computeIfAbsent(cell.get("stage").asText(), ignored -> new HashSet<>())
          .add(cell.get("hypothesis").asText());
    }
    hypotheses.forEach((stage, names) -> assertTrue(names.size() >= 12, stage));
    Cli explain =
        Cli.run(
            "explain",
            captures.resolve("layer0-preattention-h100.safetensors"),
            captures.resolve("layer0-postattention-h100.safetensors"),
            "--format",
            "json");
    int reproduced = 0;
    for (JsonNode stage : explain.json().get("stages")) {
      for (JsonNode system : stage.get("systems")) {
        String where = stage.get("name").asText() + system.get("system").asText();
        JsonNode found = best.remove(where);
        switch (system.get("status").asText()) {
          case "input-not-captured" -> assertEquals(null, found, where);
          case "reproduced" -> {
            assertEquals(found.get("total"), found.get("equal"), where);
            assertTrue(fitting(system).contains(function(found.get("recipe"))), where + found);
            reproduced++;
          }
          default -> assertNotEquals(found.get("total"), found.get("equal"), where);
        }
      }
    }
    assertEquals(Map.of(), best);
    // Sixteen stages of PyTorch and of two TensorRT engines, ten of ONNX Runtime.
    assertEquals(3 * 16 + 10, reproduced);
  }

  /** The recipes that explain calls the best, the same function, or a tie. */
  private static Set<String> fitting(JsonNode system) {
    Set<String> fitting = new HashSet<>(Set.of(function(system.get("recipe"))));
    JsonNode evidence = system.get("evidence");
    evidence.get("best").forEach(best -> fitting.add(function(best.get("recipe"))));
    evidence.get("same").forEach(same -> fitting.add(function(same)));
    evidence.get("ties").forEach(tie -> fitting.add(function(tie.get("recipe"))));
    return fitting;
  }

  /**
   * A product without the name of its input format: float32 holds every captured float16, so the
   * two names stand for one function here.
   */
  private static String function(JsonNode recipe) {
    return recipe.asText().replaceFirst("^in=f(16|32) ", "");
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void itIsDoneInTenMinutesAndSurvivesAKill() throws IOException, InterruptedException {
    Path whole = temp.resolve("whole");
    Cli.run("sweep", experiment, "-o", whole, "--threads", "2").exits(0);
    Path killed = temp.resolve("killed");
    Process process = start(killed);
    while (process.isAlive() && count(killed) < 40) {
      Thread.sleep(20);
    }
    process.destroyForcibly().waitFor();
    long left = count(whole) - count(killed);
    assertTrue(left > 0, "killed too late");
    Cli.run("sweep", experiment, "-o", killed, "--threads", "1").exits(0);
    assertEquals(Experiments.contents(whole), Experiments.contents(killed));
    JsonNode matrix = new ObjectMapper().readTree(whole.resolve("matrix.json").toFile());
    assertEquals("bitref.sweep/1", matrix.get("schema").asText());
  }

  private Process start(Path out) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules",
            "jdk.incubator.vector",
            "-cp",
            System.getProperty("java.class.path"),
            "org.bitref.cli.Main",
            "sweep",
            experiment.toString(),
            "-o",
            out.toString())
        .redirectOutput(Redirect.DISCARD)
        .redirectError(temp.resolve("err").toFile())
        .start();
  }

  private static long count(Path out) throws IOException {
    if (!Files.isDirectory(out.resolve("cells"))) {
      return 0;
    }
    try (Stream<Path> files = Files.list(out.resolve("cells"))) {
      return files.filter(file -> file.toString().endsWith(".json")).count();
    }
  }
}
