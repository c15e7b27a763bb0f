package org.bitref.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.cli.Cli;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of commands as files, against the JSON object of the same run. */
class CsvOptionTest {
  private static final Pattern CELL = Pattern.compile("\\G(?:\"((?:[^\"]|\"\")*)\"|([^,]*))(,|$)");
  private static final Path F16 = Cli.DEMO.resolve("hf-cpu-f16-eager.safetensors");

  @TempDir Path temp;

  private Path csv(String name) {
    return temp.resolve(name);
  }

  /** Cells by the names of their columns. */
  private List<Map<String, String>> rows(String name) throws IOException {
    List<List<String>> lines = new ArrayList<>();
    for (String line : Files.readString(csv(name)).split("\r\n", -1)) {
      List<String> cells = new ArrayList<>();
      Matcher cell = CELL.matcher(line);
      do {
        assertTrue(cell.find(), line);
        cells.add(cell.group(1) == null ? cell.group(2) : cell.group(1).replace("\"\"", "\""));
      } while (!cell.group(3).isEmpty());
      lines.add(cells);
    }
    assertEquals(List.of(""), lines.removeLast(), "ends with a line end");
    List<Map<String, String>> rows = new ArrayList<>();
    for (List<String> line : lines.subList(1, lines.size())) {
      assertEquals(lines.getFirst().size(), line.size(), line.toString());
      Map<String, String> row = new LinkedHashMap<>();
      for (int i = 0; i < line.size(); i++) {
        row.put(lines.getFirst().get(i), line.get(i));
      }
      rows.add(row);
    }
    return rows;
  }

  private static void assertRow(JsonNode object, Map<String, String> row, String... columns) {
    for (String column : columns) {
      JsonNode value = object.at("/" + column.replace('.', '/'));
      assertFalse(value.isMissingNode(), column);
      String text = value.isArray() ? value.toString() : value.isNull() ? "" : value.asText();
      assertEquals(text, row.get(column), column);
    }
  }

  @Test
  void compare() throws IOException {
    JsonNode report =
        run(1, "compare", Cli.CAPTURE, F16, "--allow-missing", ".*", "--csv", csv("x.csv"));
    JsonNode stages = report.get("stages");
    List<Map<String, String>> rows = rows("x.csv");
    assertEquals(stages.size(), rows.size());
    for (int i = 0; i < rows.size(); i++) {
      assertRow(
          stages.get(i),
          rows.get(i),
          "name,dtype,shape,total,equal,max_abs,mean_abs,max_ulp,cosine,percentiles.p999,nan.a"
              .split(",", -1));
    }
    JsonNode first =
        stages.get(
            stages.findValuesAsText("name").indexOf(report.get("first_difference").asText()));
    List<Map<String, String>> worst = rows("x.worst.csv");
    assertEquals(report.get("first_difference").asText(), worst.getFirst().get("tensor"));
    assertRow(first.get("worst").get(0), worst.getFirst(), "at", "a", "b_bits", "ulp");
    long counted = rows("x.ulp.csv").stream().mapToLong(r -> Long.parseLong(r.get("count"))).sum();
    assertEquals(rows.stream().mapToLong(r -> Long.parseLong(r.get("total"))).sum(), counted);
    assertFalse(Files.exists(csv("x.rules.csv")));
  }

  private static JsonNode run(int code, Object... args) {
    List<Object> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--format", "json"));
    return Cli.run(all.toArray()).exits(code).json();
  }

  @Test
  void explain() throws IOException {
    Path both = temp.resolve("both.safetensors");
    List<TensorEntry> entries = new ArrayList<>();
    try (TensorSource bf16 = Sources.open(Path.of(Cli.CAPTURE));
        TensorSource f16 = Sources.open(F16)) {
      for (String stage : List.of("gate_proj", "mlp_act")) {
        entries.add(TensorEntry.of("bf16." + stage, bf16.read("layers.0." + stage)));
        entries.add(TensorEntry.of("f16." + stage, f16.read("layers.0." + stage)));
      }
      SafetensorsWriter.write(both, Map.of(), entries, false);
    }
    JsonNode stages = run(4, "explain", both, "--csv", csv("x.csv")).get("stages");
    List<Map<String, String>> pairs = rows("x.csv");
    List<Map<String, String>> systems = rows("x.systems.csv");
    assertEquals(stages.size(), pairs.size());
    assertEquals(2 * stages.size(), systems.size());
    for (int i = 0; i < pairs.size(); i++) {
      assertEquals(stages.get(i).get("name").asText(), pairs.get(i).get("stage"));
      assertRow(stages.at("/" + i + "/pairs/0"), pairs.get(i), "a", "b", "equal", "mean_abs");
      assertRow(
          stages.at("/" + i + "/systems/1"), systems.get(2 * i + 1), "system", "status", "recipe");
    }
  }

  @Test
  void sweep() throws IOException {
    String experiment =
        """
        {"captures": ["%s"], "stages": "layers\\\\.0\\\\.hidden",
         "hypotheses": [{"name": "once", "rules": {".*": "hf-bf16-eager"}}]}
        """
            .formatted(Cli.CAPTURE);
    Path file = Files.writeString(temp.resolve("e.json"), experiment);
    JsonNode report = run(0, "sweep", file, "--csv", csv("x.csv"));
    assertRow(report.at("/cells/0"), rows("x.csv").getFirst(), "stage", "recipe", "equal", "total");
    assertRow(report.at("/ranking/0"), rows("x.ranking.csv").getFirst(), "hypothesis", "mean_abs");
    assertRow(report.at("/best/0"), rows("x.best.csv").getFirst(), "stage", "hypotheses");
  }

  @Test
  void predict() throws IOException {
    JsonNode report =
        run(
            0,
            "predict",
            Cli.MODEL,
            "--inputs",
            F16,
            "--a",
            "hf-f32",
            "--b",
            "hf-f16-eager",
            "--prompts",
            "1",
            "--measure",
            "2",
            "--csv",
            csv("x.csv"));
    assertEquals(report.get("stages").size(), rows("x.csv").size());
    assertRow(report.at("/stages/5"), rows("x.csv").get(5), "kind", "layer", "relative", "cosine");
    assertRow(report.at("/laws/2"), rows("x.laws.csv").get(2), "kind", "fit.own", "fit.gain");
  }

  @Test
  void existingFilesAreKeptUnlessForced() throws IOException {
    Path a = dump("a.safetensors", 1);
    Path b = dump("b.safetensors", 2);
    Cli.run("compare", a, b, "--csv", csv("x.csv")).exits(1);
    assertEquals("8388608", rows("x.csv").getFirst().get("max_ulp"));
    Files.delete(csv("x.csv"));
    Cli refused = Cli.run("compare", a, a, "--csv", csv("x.csv")).exits(3);
    assertTrue(refused.err().contains("x.ulp.csv: exists already"), refused.err());
    assertFalse(Files.exists(csv("x.csv")));
    Cli.run("compare", a, a, "--csv", csv("x.csv"), "--force").exits(0);
    assertEquals("0", rows("x.csv").getFirst().get("max_ulp"));
    assertFalse(Files.exists(csv("x.worst.csv")), "nothing is worst now");
  }

  private Path dump(String file, float value) {
    Path path = temp.resolve(file);
    Tensor tensor = Tensor.ofFloats(Shape.of(1), value);
    SafetensorsWriter.write(path, Map.of(), List.of(TensorEntry.of("x", tensor)), false);
    return path;
  }
}
