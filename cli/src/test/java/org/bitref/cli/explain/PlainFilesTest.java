package org.bitref.cli.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.bitref.cli.Cli;
import org.bitref.cli.ThreeFiles;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.loaders.onnx.OnnxGraph;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file for each system, by plain names, and one for what they share. */
class PlainFilesTest {
  @TempDir private Path temp;

  /** Part of a source under other names, without its batch. */
  private String npz(
      String file, TensorSource source, Predicate<String> which, UnaryOperator<String> name) {
    List<TensorEntry> entries = new ArrayList<>();
    for (String tensor : source.tensors().keySet()) {
      if (which.test(tensor)) {
        Tensor read = source.read(tensor);
        Tensor plain = read.shape().rank() == 3 && read.shape().dim(0) == 1 ? rows(read) : read;
        entries.add(TensorEntry.of(name.apply(tensor), plain));
      }
    }
    Path path = temp.resolve(file);
    NpzWriter.write(path, entries, true);
    return path.toString();
  }

  private static Tensor rows(Tensor tensor) {
    return tensor.reshape(Shape.of(tensor.shape().dim(1), tensor.shape().dim(2)));
  }

  /** The first norm of two captured forward passes. */
  private List<String> norms() {
    List<String> files = new ArrayList<>();
    for (String format : List.of("f16", "f32")) {
      try (TensorSource source =
          Sources.open(Cli.DEMO.resolve("hf-cpu-" + format + "-eager.safetensors"))) {
        files.add(
            npz(
                format + ".npz",
                source,
                name -> name.equals("layers.0.input_ln"),
                _ -> "input_ln"));
        if (files.size() == 1) {
          npz(
              "in.npz",
              source,
              name -> name.equals("inputs_embeds") || name.equals("visual_mask"),
              name -> name.equals("inputs_embeds") ? "hidden" : "mask_of_mine");
        }
      }
    }
    return files;
  }

  private Cli explain(List<String> files, Object weights, Object... more) {
    List<Object> line = new ArrayList<>(List.of("explain", files.get(0), files.get(1)));
    line.addAll(List.of("--inputs", temp.resolve("in.npz"), "--weights", weights));
    line.addAll(List.of(more));
    return Cli.run(line.toArray());
  }

  @Test
  void inputsAndWeightsMayComeInFilesOfTheirOwn() {
    JsonNode json = explain(norms(), Cli.MODEL, "--format", "json").exits(0).json();
    assertEquals("[\"layers.0.input_hidden\"]", json.get("inputs").get("shared").toString());
    assertEquals(
        "[\"mask_of_mine\"]",
        json.get("left_aside").get(temp.resolve("in.npz").toString()).toString());
    assertEquals(0, json.get("transposed").size());
    JsonNode norm = json.get("stages").get(0);
    assertEquals("layers.0.input_ln", norm.get("name").asText());
    assertEquals("f16", norm.get("systems").get(0).get("system").asText());
    assertEquals("reproduced", norm.get("systems").get(0).get("status").asText());
  }

  /** A file that is there is a file, whatever its name holds. */
  @Test
  void systemsMayBeGivenNames() throws IOException {
    List<String> files = norms();
    Path odd = Files.copy(Path.of(files.get(1)), temp.resolve("b=2.npz"));
    List<String> named = List.of("mine=" + files.get(0), odd.toString());
    JsonNode json = explain(named, Cli.MODEL, "--format", "json").exits(0).json();
    List<String> systems = new ArrayList<>();
    json.get("systems").forEach(system -> systems.add(system.get("name").asText()));
    assertEquals(List.of("mine", "b=2"), systems);
    assertEquals(files.get(0), json.get("paths").get(0).asText());
  }

  @Test
  void whatIsNotGivenIsAskedFor() {
    List<String> files = norms();
    Cli run = Cli.run("explain", files.get(0), files.get(1));
    assertTrue(run.out().contains("--inputs and --weights give them"), run.out());
  }

  /** The same in a file of weights, for names of which bitref knows nothing. */
  @Test
  void aMapNamesWhatMeansNothingAsItIs() throws IOException {
    List<String> files = norms();
    Path map = temp.resolve("map.json");
    Files.writeString(
        map,
        """
        {"include": ["stages"], "rules": [{"from": "gamma_0", "to": "w.input_ln"}]}
        """);
    try (TensorSource model = Sources.open(Path.of(Cli.MODEL))) {
      npz("w.npz", model, name -> name.endsWith("layers.0.input_layernorm.weight"), _ -> "gamma_0");
    }
    Cli run = explain(files, temp.resolve("w.npz"), "--map", map).exits(0);
    assertTrue(run.out().contains("input_hidden, 1 weight\n"), run.out());
    assertTrue(run.out().contains("in.npz: left aside: mask_of_mine"), run.out());
  }

  @Test
  void aFileWithoutStagesSaysWhatItHas() {
    Path path = temp.resolve("odd.safetensors");
    Tensor tensor = Tensor.ofFloats(Shape.of(1), 1);
    List<TensorEntry> odd =
        List.of(TensorEntry.of("query_proj", tensor), TensorEntry.of("key_proj", tensor));
    SafetensorsWriter.write(path, Map.of(), odd, true);
    Cli run = Cli.run("explain", path, Cli.CAPTURE).exits(3);
    assertTrue(run.err().contains("\"query_proj\", \"key_proj\""), run.err());
    assertTrue(run.err().contains("nearest to the first are \"q_proj\""), run.err());
    assertTrue(run.err().contains("\"to\": \"q_proj\""), run.err());
    for (String option : List.of("--inputs", "--weights")) {
      Cli shared = Cli.run("explain", Cli.CAPTURE, Cli.CAPTURE, option, path).exits(3);
      assertTrue(shared.err().contains("\"query_proj\", \"key_proj\""), shared.err());
    }
    List<TensorEntry> exported =
        List.of(
            TensorEntry.of("/model/layers.0/self_attn/q_proj/MatMul_output_0", tensor),
            TensorEntry.of("/model/layers.0/self_attn/Constant_output_0", tensor));
    SafetensorsWriter.write(path, Map.of(), exported, true);
    Cli mapped = Cli.run("explain", path, Cli.CAPTURE).exits(3);
    assertTrue(mapped.err().contains("--map onnx, which knows 1 of its 2"), mapped.err());
  }

  /** An exporter's numbers mean nothing; the node that reads a weight is called like its module. */
  @Test
  void weightsOfAnOnnxModelAreNamedByItsNodes() throws IOException {
    List<String> files = norms();
    String norm = "/model/layers.0/input_layernorm/Mul_1_output_0";
    String weight = "model.language_model.layers.0.input_layernorm.weight";
    Path onnx = temp.resolve("model.onnx");
    try (TensorSource model = Sources.open(Path.of(Cli.MODEL))) {
      Files.write(
          onnx,
          new OnnxGraph()
              .node("Mul", List.of("onnx::Mul_9", "x"), norm)
              .constant("onnx::Mul_9", model.read(weight))
              .model("g"));
    }
    Cli run = explain(files, onnx).exits(0);
    assertTrue(run.out().contains("input_hidden, 1 weight\n"), run.out());
  }

  /** Three files, inputs and weights give the same as the one file that they are made from. */
  @Tag("long")
  @Test
  void threeFilesAreExplainedAsTheCaptureIs() {
    Path capture = Captures.path("layer0-preattention-h100.safetensors");
    ThreeFiles.write(capture, temp);
    Path whole = temp.resolve("whole.safetensors");
    ThreeFiles.writeOne(capture, whole);
    JsonNode three =
        Cli.run(
                "explain",
                temp.resolve("ort.npz"),
                temp.resolve("pytorch.npz"),
                temp.resolve("trt.npz"),
                "--inputs",
                temp.resolve("in.npz"),
                "--weights",
                temp.resolve("w.npz"),
                "--format",
                "json")
            .exits(0)
            .json();
    JsonNode one = Cli.run("explain", whole, "--format", "json").exits(0).json();
    assertEquals("rounding", three.get("verdict").asText());
    assertEquals("layers.0.q_proj", three.get("chain").get("start").asText());
    assertEquals(8, three.get("stages").size());
    for (JsonNode stage : three.get("stages")) {
      assertEquals(3, stage.get("systems").size());
      for (JsonNode system : stage.get("systems")) {
        assertEquals("reproduced", system.get("status").asText(), system::toString);
      }
    }
    assertEquals(comparable(one), comparable(three));
  }

  /** All but the names of the files and what these say about themselves. */
  private static JsonNode comparable(JsonNode json) {
    ObjectNode rest = json.deepCopy();
    rest.remove("files");
    for (JsonNode system : rest.get("systems")) {
      ((ObjectNode) system).remove("provenance");
    }
    return rest;
  }
}
