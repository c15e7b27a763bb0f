package org.bitref.cli.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bitref.cli.Cli;
import org.bitref.compare.verdict.KnownLengths;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RulesTest {
  @TempDir Path temp;
  private Path a;
  private Path b;

  @BeforeEach
  void dumps() {
    a = dump("a.safetensors", floats(1, 2, 4, 8));
    b = dump("b.safetensors", floats(1, 2, 4, Math.nextUp(Math.nextUp(8f))));
  }

  /** One stage that may differ, and two that do not. */
  private Path dump(String file, Tensor hidden) {
    List<TensorEntry> entries = new ArrayList<>();
    entries.add(TensorEntry.of("layers.0.q_proj", floats(1, 1)));
    entries.add(TensorEntry.of("layers.0.hidden", hidden));
    entries.add(TensorEntry.of("logits", floats(0, 0)));
    Path path = temp.resolve(file);
    SafetensorsWriter.write(path, Map.of(), entries, false);
    return path;
  }

  private static Tensor floats(float... values) {
    return Tensor.ofFloats(Shape.of(1, values.length), values);
  }

  private Path file(String json) throws IOException {
    return Files.writeString(temp.resolve("rules.json"), json);
  }

  private Cli compare(String json) throws IOException {
    return Cli.run("compare", a, b, "--rules", file(json), "--format", "json");
  }

  /** As {@code json.dump(..., indent=2)} writes it, floats of an f-string in the text. */
  private static final String FROM_PYTHON =
      """
      {
        "about": "nightly gate \\u2014 engine against golden",
        "rules": [
          {
            "tensors": "layers\\\\.\\\\d+\\\\.hidden",
            "require": "max_ulp <= 2 and cosine >= 0.9999 or max_abs <= 1e-05"
          },
          {
            "tensors": "layers\\\\..*",
            "require": "equal"
          },
          {
            "tensors": ".*",
            "require": "unequal_share <= 0.0 and norm_ratio>=0.75 and norm_ratio<=1.25"
          }
        ]
      }
      """;

  @Test
  void theFirstRuleThatFitsDecides() throws IOException {
    JsonNode rules = compare(FROM_PYTHON).exits(0).json().get("rules");
    assertTrue(rules.get("holds").asBoolean());
    JsonNode hidden = rules.get("tensors").get(1);
    assertEquals("layers.0.hidden", hidden.get("name").asText());
    assertEquals("layers\\.\\d+\\.hidden", hidden.get("pattern").asText());
    assertEquals(2, hidden.at("/figures/max_ulp").asInt());
    assertTrue(hidden.at("/figures/max_abs").isDouble(), hidden.toString());
    Cli text = Cli.run("compare", a, b, "--rules", temp.resolve("rules.json")).exits(0);
    assertTrue(text.out().contains("Unequal: 1 of 3 tensors"), text.out());
    assertTrue(text.out().endsWith("Rules: all 3 tensors hold.\n"), text.out());
    assertEquals("", text.err());
  }

  @Test
  void aBrokenRuleFailsTheRun() throws IOException {
    Cli run = compare(FROM_PYTHON.replace("<= 2 and", "< 2 and").replace("-05", "-07")).exits(1);
    assertFalse(run.json().get("rules").get("tensors").get(1).get("holds").asBoolean());
    Cli text = Cli.run("compare", a, b, "--rules", temp.resolve("rules.json")).exits(1);
    assertTrue(
        text.out().contains("layers.0.hidden: max_ulp 2, max_abs 1.9073486328125E-6"), text.out());
    assertTrue(text.out().contains("Rules: 1 of 3 tensors fail"), text.out());
  }

  @Test
  void aTensorWithoutARuleFails() throws IOException {
    Cli run = compare("{\"rules\": [{\"tensors\": \"layers.*\", \"require\": \"any\"}]}").exits(1);
    JsonNode logits = run.json().get("rules").get("tensors").get(2);
    assertFalse(logits.get("holds").asBoolean());
    assertTrue(logits.get("pattern").isNull());
    assertTrue(run.json().get("reason").asText().contains("logits: no rule fits its name"));
  }

  @Test
  void aRuleThatDecidesForNothingIsSaid() throws IOException {
    String rules =
        "{\"rules\": [{\"tensors\": \".*\", \"require\": \"max_ulp <= 2\"},"
            + "{\"tensors\": \"logits\", \"require\": \"equal\"}]}";
    Cli run = compare(rules).exits(0);
    assertEquals("bitref: the rule for \"logits\" decides for no tensor\n", run.err());
  }

  @Test
  void rulesOfTheDocumentation() throws IOException {
    String page = Files.readString(Path.of("docs", "compare.md"));
    String example = page.substring(page.indexOf("```json") + 7);
    JsonNode rules = compare(example.substring(0, example.indexOf("```"))).exits(0).json();
    assertEquals(4, Rules.read(temp.resolve("rules.json")).rules().size());
    assertTrue(rules.get("rules").get("holds").asBoolean());
    for (Figure figure : Figure.values()) {
      assertTrue(page.contains("`" + figure + "`"), figure.toString());
    }
  }

  /** What 8 against 8 + 2^-19 is, and two tensors of zeros, of which cosine says nothing. */
  @ParameterizedTest
  @CsvSource({
    "unequal <= 1, true",
    "unequal < 1, false",
    "unequal_share <= 0.25, true",
    "unequal_share < .25, false",
    "max_ulp <= 2, true",
    "max_ulp<=1, false",
    "max_abs <= 1.9073486328125e-6, true",
    "max_abs < 1.9073486328125E-06, false",
    "mean_abs <= 4.76837158203125e-7, true",
    "mean_abs < 4.76837158203125e-7, false",
    "cosine >= 0.999999999, true",
    "cosine > 1.1, false",
    "norm_ratio > 1, true",
    "norm_ratio >= 1.001, false",
    "equal, false",
    "equal or any, true",
    "equal and any or max_ulp > 7, false",
  })
  void everyFigure(String require, boolean holds) {
    Tensor left = floats(1, 2, 4, 8);
    Tensor right = floats(1, 2, 4, Math.nextUp(Math.nextUp(8f)));
    assertEquals(holds, Requirement.parse(require).holds(stage(left, right)));
  }

  private static StageResult stage(Tensor left, Tensor right) {
    return StageResult.of("x", left, right, KnownLengths.NONE);
  }

  @Test
  void zerosAndNaNs() {
    Tensor zeros = floats(0, 0);
    assertTrue(Requirement.parse("cosine >= 1 and norm_ratio <= 1").holds(stage(zeros, zeros)));
    assertEquals(1.0, stage(zeros, zeros).json().get("cosine"));
    assertFalse(Requirement.parse("cosine >= -1").holds(stage(zeros, floats(0, 1))));
    StageResult nan = stage(floats(1, 2), floats(1, Float.NaN));
    for (Figure figure : Figure.values()) {
      String text = figure == Figure.COSINE || figure == Figure.NORM_RATIO ? ">= -1" : "<= 0.1";
      assertFalse(Requirement.parse(figure + " " + text).holds(nan), figure.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "max_ulp",
        "max_ulp <=",
        "max_ulp <= x",
        "max_ulp <= NaN",
        "max_ulp <= 1e999",
        "max_ulp == 1",
        "max_ulp 1",
        "1 >= max_ulp",
        "maxulp <= 1",
        "max_ulp <= 1 and",
        "max_ulp <= 1 max_abs <= 1",
        "or equal",
        "(equal)",
        "max_ulp <= 0x1p3",
      })
  void whatIsNoRequirement(String text) {
    assertThrows(IllegalArgumentException.class, () -> Requirement.parse(text));
  }

  /** Exit 3 and one message, which names the file. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"rules\": []}",
        "{\"rules\": {\".*\": \"equal\"}}",
        "{\"rules\": [\".*\"]}",
        "{\"rules\": [{\"tensors\": \".*\"}]}",
        "{\"rules\": [{\"require\": \"equal\"}]}",
        "{\"rules\": [{\"tensors\": 1, \"require\": \"equal\"}]}",
        "{\"rules\": [{\"tensors\": \"\", \"require\": \"equal\"}]}",
        "{\"rules\": [{\"tensors\": \"(\", \"require\": \"equal\"}]}",
        "{\"rules\": [{\"tensors\": \".*\", \"require\": \"maxulp <= 1\"}]}",
        "{\"rules\": [{\"tensors\": \".*\", \"require\": \"equal\", \"max\": 1}]}",
        "{\"rule\": [{\"tensors\": \".*\", \"require\": \"equal\"}]}",
        "{\"rules\": [{\"tensors\": \"x\", \"require\": \"equal\"},"
            + " {\"tensors\": \"x\", \"require\": \"any\"}]}",
        "{\"rules\": [{\"tensors\": \".*\", \"require\": \"equal\"}]} {}",
        "{\"rules\": [], \"rules\": []}",
      })
  void hostileFiles(String json) throws IOException {
    assertRefused(json);
  }

  @Test
  void hostileSizes() throws IOException {
    assertRefused("[".repeat(100_000));
    assertRefused("{\"rules\":".repeat(100_000));
    String rule = "{\"tensors\": \"%s\", \"require\": \"%s\"}";
    assertRefused("{\"rules\": [" + rule.formatted("x".repeat(1001), "equal") + "]}");
    assertRefused(
        "{\"rules\": [" + rule.formatted("x", "equal or ".repeat(20_000) + "equal") + "]}");
    assertRefused("{\"rules\": [" + rule.formatted("(".repeat(900), "equal") + "]}");
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 1001; i++) {
      many.add(rule.formatted("x" + i, "equal"));
    }
    assertRefused("{\"rules\": [" + String.join(",", many) + "]}");
  }

  /** Backtracking that would take years, and recursion as deep as a name is long. */
  @Test
  void hostilePatterns() throws IOException {
    a = dump("long-a.safetensors", "x".repeat(30_000));
    b = a;
    String rule = "{\"rules\": [{\"tensors\": \"%s\", \"require\": \"equal\"}]}";
    assertRefused(rule.formatted("(x+x+)+y"));
    assertRefused(rule.formatted("(x|y)*z"));
  }

  private Path dump(String file, String name) {
    Path path = temp.resolve(file);
    SafetensorsWriter.write(path, Map.of(), List.of(TensorEntry.of(name, floats(1))), false);
    return path;
  }

  private void assertRefused(String json) throws IOException {
    Cli run = compare(json).exits(3);
    assertEquals(3, run.json().at("/error/code").asInt());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains("rules.json"), run.err());
  }
}
