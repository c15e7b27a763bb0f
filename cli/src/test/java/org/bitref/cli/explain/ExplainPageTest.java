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
import org.bitref.cli.console.Numbers;
import org.bitref.cli.html.Chromium;
import org.bitref.cli.html.WebPage;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of part of a layer, as two systems of awkward names computed it. */
class ExplainPageTest {
  private static final String A = "a<b>&\"c'";
  private static final String B = "b" + "x".repeat(300);
  private static final List<String> STAGES =
      List.of("input_hidden", "o_proj", "gate_proj", "up_proj", "mlp_act", "mlp_mul");

  @TempDir private static Path temp;
  private static JsonNode json;
  private static WebPage page;

  @BeforeAll
  static void explain() {
    Path file = temp.resolve("two systems.safetensors");
    List<TensorEntry> entries = new ArrayList<>();
    try (TensorSource bf16 = Sources.open(Path.of(Cli.CAPTURE));
        TensorSource f16 = Sources.open(Cli.DEMO.resolve("hf-cpu-f16-eager.safetensors"))) {
      for (String stage : STAGES) {
        entries.add(TensorEntry.of(A + "." + stage, bf16.read("layers.0." + stage)));
        entries.add(TensorEntry.of(B + "." + stage, f16.read("layers.0." + stage)));
      }
      SafetensorsWriter.write(file, Map.of("engine", "<&>", "log", "y".repeat(999)), entries, true);
    }
    Path html = temp.resolve("page.html");
    json = Cli.run("explain", file, "--html", html, "--format", "json").exits(4).json();
    page = WebPage.read(html);
  }

  /** Of a single layer its number goes without saying. */
  private static String brief(JsonNode text) {
    return text.asText().replace("layers.0.", "");
  }

  @Test
  void theVerdictComesFirst() {
    String verdict = json.get("verdict").asText() + ": " + brief(json.get("reason"));
    assertEquals("Verdict: " + verdict + ".", page.texts("p").getFirst());
    assertTrue(page.html().indexOf("verdict inconclusive") < page.html().indexOf("<section"));
    for (JsonNode answer : json.get("chain").get("answers")) {
      assertTrue(page.texts("dt").contains(answer.get("question").asText()));
      assertTrue(page.texts("dd").contains(brief(answer.get("answer"))), answer.toString());
    }
    assertEquals(STAGES.size(), json.get("stages").size());
  }

  @Test
  void stagesHaveTheNumbersOfTheRecords() {
    String rows = String.join("\n", page.rows());
    int unequal = 0;
    for (JsonNode stage : json.get("stages")) {
      JsonNode pair = stage.get("pairs").get(0);
      long total = pair.get("total").asLong();
      long equal = pair.get("equal").asLong();
      String row =
          "|%s|%s|%s|%s|%s ± %s|"
              .formatted(
                  equal,
                  total,
                  Numbers.percent(total - equal, total),
                  Numbers.ulps(pair.get("max_ulp").asLong()),
                  Numbers.brief(pair.get("mean_abs").asDouble()),
                  Numbers.brief(pair.get("mean_abs_standard_error").asDouble()));
      if (equal < total) {
        unequal++;
        assertTrue(
            page.rows().stream()
                .anyMatch(r -> r.startsWith(brief(stage.get("name")) + "|") && r.contains(row)),
            () -> row + "\n" + rows);
        figure(brief(stage.get("name")), pair, rows);
      } else {
        page.says("= Equal in every output: " + brief(stage.get("name")) + ".");
        assertFalse(rows.contains(row), row);
      }
    }
    assertEquals(STAGES.size() - 1, unequal, "all but the shared input");
    page.says("No map, for no block of tokens and channels stands out");
  }

  /** The bounds of a bucket as people read them. */
  private static String label(JsonNode ulp) {
    long low = ulp.get(0).asLong();
    if (ulp.get(1).isTextual()) {
      return ">" + (low - 1);
    }
    return ulp.get(1).asLong() == low ? "" + low : low + "-" + ulp.get(1);
  }

  private static void figure(String name, JsonNode pair, String rows) {
    for (JsonNode bucket : pair.get("ulp_histogram")) {
      String bar = label(bucket.get("ulp")) + "|" + bucket.get("count") + "|";
      assertTrue(rows.contains(bar), bar);
    }
    for (String figure : page.texts("figure")) {
      if (figure.startsWith(name + "Mean absolute difference")) {
        assertTrue(figure.contains("Top channels: " + index(pair, "top_channels")), figure);
        assertTrue(figure.contains("Top tokens: " + index(pair, "top_tokens")), figure);
        assertTrue(figure.contains("Across: " + pair.get("error_map").get("channels")), figure);
      }
    }
  }

  private static String index(JsonNode pair, String places) {
    return pair.get(places).get(0).get("index") + ": ";
  }

  @Test
  void systemsHaveTheirRecipesAndEvidence() {
    int recipes = 0;
    for (JsonNode stage : json.get("stages")) {
      for (JsonNode system : stage.get("systems")) {
        page.says(system.get("status").asText());
        page.says(brief(system.get("reason")));
        if (!system.get("recipe").isNull()) {
          recipes++;
          assertTrue(page.texts("dd").contains(system.get("recipe").asText()));
          JsonNode evidence = system.get("evidence");
          page.says("Functions tried: " + evidence.get("tried") + ".");
          evidence.get("excluded").forEach(line -> page.says(line.asText()));
          JsonNode best = evidence.get("best").get(0);
          page.says(best.get("equal") + " of " + evidence.get("total"));
        }
      }
    }
    assertTrue(recipes >= 4, () -> "recipes: " + json);
  }

  @Test
  void originAndNamesAreThere() {
    page.says(A);
    page.says(B);
    assertTrue(page.texts("dd").contains("<&>"));
    assertTrue(page.texts("pre").contains("y".repeat(999)));
    page.says("bitref explain '" + temp.resolve("two systems.safetensors") + "' --html ");
    page.says("Java " + Runtime.version());
  }

  @Test
  void aBrowserShowsItWithoutErrors() throws IOException {
    Chromium seen = Chromium.load(temp.resolve("page.html"), temp);
    assertEquals(List.of(), seen.console());
    String reason = brief(json.get("reason"));
    String escaped = reason.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    assertTrue(seen.dom().contains(escaped), escaped);
    for (JsonNode stage : json.get("stages")) {
      JsonNode pair = stage.get("pairs").get(0);
      String cells = "<td>%s</td><td>%s</td>".formatted(pair.get("equal"), pair.get("total"));
      boolean equal = pair.get("equal").equals(pair.get("total"));
      assertEquals(!equal, seen.dom().contains(cells), cells);
    }
    assertTrue(seen.dom().contains("Sort by this column"), "the script ran");
    assertEquals(0, Chromium.excess(page.html(), temp), "too wide for a small screen");
    assertTrue(Files.size(temp.resolve("page.html")) < 2_000_000);
  }
}
