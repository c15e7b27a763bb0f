package org.bitref.cli.dump;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.cli.Cli;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.loaders.kv.KvWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dumps of the tiny model as other runtimes write them, through every command that reads them. */
class MapOptionTest {
  private static final List<String> ATTENTION =
      List.of("input_ln", "q_proj", "k_proj", "v_proj", "q_norm", "k_norm");
  private static final String ONNX = "/model/layers.0/";

  @TempDir Path temp;
  private TensorSource capture;
  private long tokens;

  @BeforeEach
  void open() {
    capture = Sources.open(Path.of(Cli.CAPTURE));
    tokens = layer0("q_proj").shape().dim(1);
  }

  @AfterEach
  void close() {
    capture.close();
  }

  private Tensor layer0(String stage) {
    return capture.read("layers.0." + stage);
  }

  private Path safetensors(String file, Map<String, Tensor> tensors) {
    List<TensorEntry> entries = new ArrayList<>();
    tensors.forEach((name, tensor) -> entries.add(TensorEntry.of(name, tensor)));
    SafetensorsWriter.write(temp.resolve(file), Map.of(), entries, false);
    return temp.resolve(file);
  }

  /** What PyTorch computed, under the names of the stages. */
  private Path torch() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    ATTENTION.forEach(stage -> tensors.put("layers.0." + stage, layer0(stage)));
    return safetensors("torch.safetensors", tensors);
  }

  /** The same from an engine that fuses q, k and v and runs one token more. */
  private Path engine(String folder, Tensor v) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put(ONNX + "input_layernorm/Mul_1_output_0", layer0("input_ln"));
    tensors.put(ONNX + "qkv", TrtexecFolder.fused(layer0("q_proj"), layer0("k_proj"), v));
    for (String norm : List.of("q_norm", "k_norm")) {
      tensors.put(ONNX + "self_attn/" + norm + "/Mul_1_output_0", layer0(norm));
    }
    tensors.replaceAll((_, tensor) -> TrtexecFolder.oneTokenMore(tensor));
    tensors.put("(Unnamed Layer* 7) [Shuffle]_output", layer0("k_norm"));
    return TrtexecFolder.write(temp.resolve(folder), tensors);
  }

  private Path map(String include, String rules) throws IOException {
    return Files.writeString(
        temp.resolve(include + ".json"),
        "{\"include\": [\"%s\"], \"keep_tokens\": %s, \"rules\": [%s]}"
            .formatted(include, tokens, rules));
  }

  private Path fusedMap() throws IOException {
    return map(
        "trtexec",
        """
        {"from": "/model/layers.{i}/qkv", "tokens": -2,
         "to": ["layers.{i}.q_proj", "layers.{i}.k_proj", "layers.{i}.v_proj"],
         "do": [{"split": {"axis": -1, "parts": [2, 1, 1]}}]}
        """);
  }

  @Test
  void compareAndExplainATrtexecDump() throws IOException {
    Path torch = torch();
    Path engine = engine("engine", layer0("v_proj"));
    Object[] words = {"--map", fusedMap(), torch, engine, "--format", "json"};
    JsonNode compared = run(0, "compare", words);
    assertEquals(
        ATTENTION.stream().map(stage -> "layers.0." + stage).toList(),
        compared.get("stages").findValuesAsText("name"));
    JsonNode explained = run(0, "explain", words);
    assertEquals("equal", explained.get("verdict").asText());
    assertEquals(List.of("torch", "engine"), explained.get("systems").findValuesAsText("name"));
    assertEquals(ATTENTION.size(), explained.get("stages").size());
    for (JsonNode stage : explained.get("stages")) {
      String name = stage.get("name").asText();
      JsonNode pair = stage.get("pairs").get(0);
      assertEquals(capture.read(name).elements(), pair.get("total").asLong(), name);
      assertEquals(pair.get("total"), pair.get("equal"), name);
    }
  }

  /** Tactics of the engine's layers, found by the engine's names although a map renames them. */
  @Test
  void tacticsAreProvenance() throws IOException {
    Path engine = engine("engine", layer0("v_proj"));
    String layer =
        "{\"Name\": \"l\", \"LayerType\": \"gemm\", \"Outputs\": [{\"Name\": \"%s\"}],"
            + " \"TacticName\": \"sm90_xmma_gemm_f16f16_f16f16_f16\"}";
    Path info =
        Files.writeString(
            temp.resolve("layers.json"),
            "{\"Layers\": [%s, %s], \"Bindings\": []}"
                .formatted(layer.formatted(ONNX + "qkv"), layer.formatted("elsewhere")));
    Object[] words = {"--layers-info", info, "--map", fusedMap(), "--format", "json"};
    JsonNode systems = run(0, "explain", with(words, torch(), engine)).get("systems");
    assertEquals("{}", systems.get(0).get("provenance").toString());
    JsonNode provenance = systems.get(1).get("provenance");
    assertEquals("Tensor Summary Report", provenance.get("title").asText());
    assertEquals(
        "sm90_xmma_gemm_f16f16_f16f16_f16", provenance.get("tactic." + ONNX + "qkv").asText());
    assertEquals(2, provenance.size());
    Cli none = Cli.run(all("explain", with(words, Cli.CAPTURE, temp.resolve("torch.safetensors"))));
    assertTrue(none.exits(3).err().contains("names no tensor of the dump"), none.err());
    Path twin = engine("twin", layer0("v_proj"));
    Cli both = Cli.run(all("explain", with(words, engine, twin))).exits(3);
    assertTrue(both.err().contains("engine of any of"), both.err());
  }

  /** The last bit of one element of v, deep inside the fused tensor of the engine. */
  @Test
  @Tag("long")
  void explainFindsOneElementBehindTheMap() throws IOException {
    Path engine = engine("engine", TrtexecFolder.turned(layer0("v_proj"), 5 * 256 + 77));
    Object[] words = {"--map", fusedMap(), torch(), engine, "--format", "json"};
    JsonNode compared = run(1, "compare", words);
    assertEquals("layers.0.v_proj", compared.get("first_difference").asText());
    JsonNode worst = compared.at("/stages/3/worst/0/at");
    assertEquals("[0,5,77]", worst.toString());
    JsonNode explained = Cli.run(all("explain", with(words, "--model", Cli.MODEL))).exits(1).json();
    assertEquals("layers.0.v_proj", explained.get("chain").get("start").asText());
  }

  private static JsonNode run(int code, String command, Object... words) {
    return Cli.run(all(command, words)).exits(code).json();
  }

  private static Object[] all(String command, Object... words) {
    List<Object> all = new ArrayList<>(List.of(command));
    all.addAll(List.of(words));
    return all.toArray();
  }

  private static Object[] with(Object[] words, Object... more) {
    List<Object> all = new ArrayList<>(List.of(words));
    all.addAll(List.of(more));
    return all.toArray();
  }

  /** x, w and y of v from tensors that hold q, k and v, the weight as ONNX has it: [K, N]. */
  @Test
  @Tag("long")
  void identifyOneProductOfAFusedOne() throws IOException {
    Tensor[] weights = new Tensor[3];
    try (Checkpoint model = Checkpoint.open(Path.of(Cli.MODEL))) {
      for (int i = 0; i < 3; i++) {
        weights[i] =
            transposed(model.weight("layers.0.self_attn." + "qkv".charAt(i) + "_proj.weight"));
      }
    }
    Map<String, Tensor> fused = new LinkedHashMap<>();
    fused.put("in", TrtexecFolder.oneTokenMore(layer0("input_ln")));
    fused.put("onnx::MatMul_31", TrtexecFolder.fused(weights));
    fused.put(
        "qkv",
        TrtexecFolder.oneTokenMore(
            TrtexecFolder.fused(layer0("q_proj"), layer0("k_proj"), layer0("v_proj"))));
    Path map =
        map(
            "stages",
            """
            {"from": "in", "to": "x", "tokens": -2},
            {"from": "qkv", "to": ["q", "k", "v"], "tokens": -2,
             "do": [{"split": {"axis": -1, "parts": [2, 1, 1]}}]},
            {"from": "onnx::MatMul_{n}", "to": ["w.q", "w.k", "w.v"],
             "do": [{"split": {"axis": 1, "parts": [2, 1, 1]}}, {"transpose": [1, 0]}]}
            """);
    Path dump = safetensors("fused.safetensors", fused);
    Map<String, Tensor> plain = new LinkedHashMap<>();
    plain.put("x", layer0("input_ln"));
    plain.put("w.v", transposed(weights[2]));
    plain.put("v", layer0("v_proj"));
    Path direct = safetensors("plain.safetensors", plain);
    JsonNode expected = identify(direct);
    assertTrue(expected.get("best").get(0).get("equal").asLong() > 0, expected.toString());
    assertEquals(expected, identify(dump, "--map", map));
    Cli unknown =
        Cli.run("identify", "--map", map, dump, "--x", "x", "--w", "w.u", "--y", "v").exits(3);
    assertTrue(unknown.err().contains("nearest names are: \"w."), unknown.err());
  }

  private static JsonNode identify(Path file, Object... more) {
    Object[] words = {file, "--x", "x", "--w", "w.v", "--y", "v", "--format", "json"};
    Cli run = Cli.run(all("identify", with(words, more)));
    ObjectNode json = (ObjectNode) run.json();
    json.remove(List.of("file", "seconds"));
    json.put("code", run.code());
    return json;
  }

  private static Tensor transposed(Tensor tensor) {
    long rows = tensor.shape().dim(0);
    long columns = tensor.shape().dim(1);
    TensorBuilder out = new TensorBuilder(tensor.dtype(), Shape.of(columns, rows));
    for (long i = 0; i < rows * columns; i++) {
      out.setBits(i % columns * rows + i / columns, tensor.bits(i));
    }
    return out.build();
  }

  /** PyTorch's side padded on the left, the engine's with room to spare and one token more. */
  @Test
  void edgeLlmGoldenAgainstEngine() throws IOException {
    Path golden = temp.resolve("golden.safetensors");
    KvWriter.edgeLlmGolden(golden, capture, tokens + 13, false);
    Map<String, Tensor> longer = new LinkedHashMap<>();
    for (String name : List.of("kv.0.k", "kv.0.v", "kv.1.k", "kv.1.v")) {
      longer.put(name, oneTokenMore(capture.read(name)));
    }
    longer.put("logits", capture.read("logits"));
    Path engine = temp.resolve("engine.safetensors");
    KvWriter.edgeLlmEngine(engine, TensorSource.of("engine", longer), 200, false);
    JsonNode json =
        run(
            0,
            "compare",
            "--map",
            map("edge-llm", ""),
            "--allow-missing",
            "attention_mask",
            golden,
            engine,
            "--format",
            "json");
    assertEquals(5, json.get("stages").size());
    assertEquals("equal", json.get("verdict").asText());
    Cli refused =
        Cli.run("compare", "--map", "edge-llm", "--allow-missing", ".*", golden, engine).exits(3);
    assertTrue(refused.err().contains("Compare dumps of the same prompt"), refused.err());
  }

  /** [1, heads, S, D] with one more token of zeros. */
  private static Tensor oneTokenMore(Tensor kv) {
    long heads = kv.shape().dim(1);
    long of = kv.elements() / heads;
    long width = kv.shape().dim(3);
    TensorBuilder out =
        new TensorBuilder(kv.dtype(), Shape.of(1, heads, kv.shape().dim(2) + 1, width));
    for (long head = 0; head < heads; head++) {
      out.copy(head * (of + width), kv, head * of, of);
    }
    return out.build();
  }

  @Test
  void aMistypedMapIsWrongUsageWithTheNearestNames() {
    for (Object[] words :
        List.of(
            new Object[] {"compare", Cli.CAPTURE, Cli.CAPTURE},
            new Object[] {"explain", Cli.CAPTURE, Cli.CAPTURE},
            new Object[] {"identify", Cli.CAPTURE, "--x", "x", "--w", "w", "--y", "y"},
            new Object[] {"inspect", Cli.CAPTURE})) {
      Cli run = Cli.run(with(words, "--map", "onx")).exits(2);
      assertEquals("", run.out());
      assertTrue(run.err().contains("no map is called \"onx\""), run.err());
      assertTrue(run.err().contains("the nearest names are \"onnx\", "), run.err());
    }
    Path absent = temp.resolve("absent.json");
    Cli file = Cli.run("inspect", Cli.CAPTURE, "--map", absent).exits(3);
    assertTrue(file.err().contains(absent.toString()), file.err());
  }

  @Test
  void namesThatNoRuleFitsEndTheReading() throws IOException {
    Path engine = engine("engine", layer0("v_proj"));
    for (Object[] words :
        List.of(
            new Object[] {"explain", torch(), engine, "--model", Cli.MODEL},
            new Object[] {"identify", engine, "--x", "x", "--w", "w", "--y", "y"},
            new Object[] {"inspect", engine})) {
      Cli run = Cli.run(with(words, "--map", "hf")).exits(3);
      assertEquals("", run.out());
      assertEquals(1, run.err().lines().count(), run.err());
      assertTrue(run.err().contains("the map hf has no rule for"), run.err());
      assertTrue(run.err().contains("nearest to the first are"), run.err());
    }
    Path twice =
        map("onnx", "{\"from\": \"/model/*\", \"to\": \"x\"}, {\"from\": \"*\", \"to\": []}");
    Cli run = Cli.run("inspect", "--map", twice, engine).exits(3);
    assertTrue(run.err().contains("would both be called \"x\""), run.err());
  }
}
