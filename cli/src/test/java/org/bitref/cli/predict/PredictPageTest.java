package org.bitref.cli.predict;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.bitref.cli.Cli;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.html.WebPage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictPageTest {
  @TempDir private Path temp;

  @Test
  void theDriftOfEveryLayerIsOnThePage() {
    Path html = temp.resolve("drift.html");
    JsonNode json =
        Cli.run(
                "predict",
                Cli.DEMO.resolve("tiny-qwen3-vl"),
                "--inputs",
                Cli.CAPTURE,
                "--a",
                "hf-f32",
                "--b",
                "hf-f16-eager",
                "--measure",
                "2",
                "--prompts",
                "1",
                "--layers",
                "5",
                "--html",
                html,
                "--format",
                "json")
            .exits(0)
            .json();
    WebPage page = WebPage.read(html);
    page.says(json.get("summary").asText());
    int rows = 0;
    for (JsonNode stage : json.get("stages")) {
      String row =
          "%s|%s|%s|%s|"
              .formatted(
                  stage.get("layer"),
                  Numbers.brief(stage.get("relative").asDouble()),
                  Numbers.brief(stage.get("low").asDouble()),
                  Numbers.brief(stage.get("high").asDouble()));
      assertTrue(page.rows().stream().anyMatch(r -> r.startsWith(row)), row);
      rows++;
    }
    assertTrue(rows >= 5, "layers");
    assertTrue(page.html().contains("class=\"band series0\""), "the band is drawn");
  }
}
