package org.bitref.cli.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bitref.cli.Cli;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.kv.KvWriter;
import org.bitref.loaders.map.NameMap;
import org.bitref.loaders.polygraphy.PolygraphyWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tiny model's capture in the formats and layouts of other tools, against itself. */
class CompareMapTest {
  @TempDir Path temp;
  private TensorSource capture;

  @BeforeEach
  void open() {
    capture = Sources.open(Path.of(Cli.CAPTURE));
  }

  private JsonNode compare(int exit, String map, String missing, Path dump) {
    return Cli.run(
            "compare",
            "--map",
            map,
            "--allow-missing",
            missing,
            Cli.CAPTURE,
            dump,
            "--format",
            "json")
        .exits(exit)
        .json();
  }

  private static void assertAllEqual(int stages, JsonNode report) {
    assertEquals(stages, report.get("stages").size());
    assertEquals("equal", report.get("verdict").asText());
  }

  @Test
  void keyValueCaches() {
    Path file = temp.resolve("kv.safetensors");
    String others = "(?!kv|logits).*";
    KvWriter.huggingFace(file, capture, true);
    assertAllEqual(4, compare(0, "hf", "(?!kv).*", file));
    KvWriter.edgeLlmEngine(file, capture, 200, true);
    assertAllEqual(5, compare(0, "edge-llm", others, file));
    KvWriter.edgeLlmGolden(file, capture, 200, true);
    assertAllEqual(5, compare(0, "edge-llm", others, file));
    KvWriter.edgeLlmFork(temp, capture, 200, true);
    assertAllEqual(4, compare(0, "edge-llm", "(?!kv).*", temp.resolve("kv_cache_request_0.json")));
  }

  /** One wrong element of one head of V in one layer. */
  @Test
  void oneElementOfAnEngineCache() {
    Path file = temp.resolve("kv.safetensors");
    KvWriter.edgeLlmEngine(file, capture, 120, true);
    List<TensorEntry> entries = new ArrayList<>();
    try (TensorSource source = Sources.open(file)) {
      for (String name : source.tensors().keySet()) {
        Tensor tensor = source.read(name);
        if (name.equals("round_0.layer_1.kv")) {
          TensorBuilder changed = new TensorBuilder(tensor.dtype(), tensor.shape());
          changed.copy(0, tensor, 0, tensor.elements());
          // [0, 1, 1, 5, 7] of [1, 2, 2, 120, 128].
          long at = ((3L * 120) + 5) * 128 + 7;
          changed.setBits(at, tensor.bits(at) ^ 1);
          tensor = changed.build();
        }
        entries.add(TensorEntry.of(name, tensor));
      }
      Path changed = temp.resolve("changed.safetensors");
      SafetensorsWriter.write(changed, Map.of(), entries, true);
      JsonNode report = compare(1, "edge-llm", "(?!kv).*", changed);
      assertEquals("kv.1.v", report.get("first_difference").asText());
      JsonNode stage = report.get("stages").get(3);
      assertEquals("[0,1,5,7]", stage.get("worst").get(0).get("at").toString());
      assertEquals(1, stage.get("total").asLong() - stage.get("equal").asLong());
    }
  }

  /** Names of an ONNX graph in Polygraphy's JSON; BF16 has no type in numpy and comes as F32. */
  @Test
  void polygraphyResults() {
    List<TensorEntry> entries = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      String theirs = "/model/layers." + i + "/";
      entries.add(entry("layers." + i + ".input_ln", theirs + "input_layernorm/Mul_1_output_0"));
      entries.add(entry("layers." + i + ".q_norm", theirs + "self_attn/q_norm/Mul_1_output_0"));
      entries.add(entry("layers." + i + ".mlp_down", theirs + "mlp/down_proj/MatMul_output_0"));
      entries.add(entry("layers." + i + ".hidden", theirs + "Cast_7_output_0"));
    }
    Path file = temp.resolve("outputs.json");
    PolygraphyWriter.runResults(file, "trt-runner", entries, false);
    assertAllEqual(6, compare(0, "polygraphy", ".*", file));
    Cli run = Cli.run("compare", "--map", "hf", Cli.CAPTURE, file).exits(3);
    assertTrue(run.err().contains("the map hf has no rule for"), run.err());
  }

  private TensorEntry entry(String ours, String theirs) {
    return TensorEntry.of(theirs, capture.read(ours));
  }

  /** Raw files with one token less, and q, k and v in one tensor. */
  @Test
  void trtexecDumpWithFusedProjectionsAndOneTokenLess() throws IOException {
    Tensor[] parts = {
      capture.read("layers.1.q_proj"),
      capture.read("layers.1.k_proj"),
      capture.read("layers.1.v_proj")
    };
    long tokens = parts[0].shape().dim(1) - 1;
    TensorBuilder fused = new TensorBuilder(DType.BF16, Shape.of(1, tokens, 512 + 256 + 256));
    long to = 0;
    for (long row = 0; row < tokens; row++) {
      for (Tensor part : parts) {
        long width = part.shape().dim(-1);
        fused.copy(to, part, row * width, width);
        to += width;
      }
    }
    byte[] raw = fused.build().data().toArray(ValueLayout.JAVA_BYTE);
    Files.write(temp.resolve("0000__model_qkv.raw"), raw);
    Files.writeString(
        temp.resolve("tensor_summary.json"),
        """
        {"metadata": {"title": "Tensor Summary Report"}, "tensors": [{"name": "/model/layers.1/qkv",
        "shape": [1, %s, 1024], "type": "BF16", "files": {"raw": "0000__model_qkv.raw"}}]}
        """
            .formatted(tokens));
    Path map =
        Files.writeString(
            temp.resolve("map.json"),
            """
            {"include": ["trtexec"], "keep_tokens": %s, "rules": [{"from": "/model/layers.{i}/qkv",
            "to": ["layers.{i}.q_proj", "layers.{i}.k_proj", "layers.{i}.v_proj"], "tokens": -2,
            "do": [{"split": {"axis": -1, "parts": [2, 1, 1]}}]}]}
            """
                .formatted(tokens));
    assertAllEqual(3, compare(0, map.toString(), ".*", temp));
  }

  @Test
  void mapOfTheDocumentation() throws IOException {
    String page = Files.readString(Path.of("docs", "maps.md"));
    String example = page.substring(page.indexOf("```json") + 7);
    Path map = temp.resolve("map.json");
    Files.writeString(map, example.substring(0, example.indexOf("```")));
    Tensor fused = Tensor.ofFloats(Shape.of(1, 3006, 6), new float[3006 * 6]);
    Tensor turned = Tensor.ofFloats(Shape.of(1, 3, 2, 4), new float[24]);
    TensorSource dump =
        TensorSource.of(
            "dump", Map.of("blk.2.qkv", fused, "blk.2.k_rot", turned, "debug.x", turned));
    TensorSource mapped = NameMap.load(map).apply(dump);
    assertEquals(
        Set.of("layers.2.q_proj", "layers.2.k_proj", "layers.2.v_proj", "layers.2.k_rope"),
        mapped.tensors().keySet());
    assertEquals(Shape.of(1, 3005, 4), mapped.read("layers.2.q_proj").shape());
    assertEquals(Shape.of(1, 2, 3, 4), mapped.read("layers.2.k_rope").shape());
    for (String name : NameMap.builtIn()) {
      assertTrue(page.contains("`" + name + "`"), name);
    }
  }
}
