package org.bitref.cli.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.cli.Cli;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * ONNX Runtime runs the captured graph here, once with every stage an output and once as it is. All
 * stages are reproduced to the bit: the norms from what was stored, products and rotations from
 * norms that were handed on unrounded.
 */
class OnnxRuntimeTest {
  private static final List<String> STAGES =
      List.of("input_ln", "q_proj", "k_proj", "v_proj", "q_norm", "k_norm", "q_rope", "k_rope");

  /** Stages whose input was not rounded, and that input. */
  private static final Map<String, String> DROPPED =
      Map.of(
          "q_proj", "input_ln",
          "k_proj", "input_ln",
          "v_proj", "input_ln",
          "q_rope", "q_norm",
          "k_rope", "k_norm");

  @TempDir Path folder;

  @Test
  void everyStageIsReproducedWithItsDroppedRoundings() throws IOException, OrtException {
    String captures = System.getProperty("bitref.captures", "");
    assumeTrue(!captures.isEmpty(), "-Dbitref.captures names no folder");
    // Elsewhere MLAS has other kernels, and sums a norm with other vectors.
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "not on x86-64");
    JsonNode json =
        Cli.run("explain", capture(Path.of(captures, "polygraphy")), "--format", "json")
            .exits(0)
            .json();
    // To mark every stage changes nothing.
    assertEquals("equal", json.get("verdict").asText());
    assertEquals(3, json.get("transposed").elements().next().size());
    List<String> seen = new ArrayList<>();
    for (JsonNode stage : json.get("stages")) {
      String name = stage.get("name").asText().replace("layers.0.", "");
      for (JsonNode system : stage.get("systems")) {
        if (system.get("system").asText().equals("marked")) {
          seen.add(name);
          assertEquals("reproduced", system.get("status").asText(), () -> name + ": " + system);
          List<String> dropped = new ArrayList<>();
          system.get("unrounded").forEach(from -> dropped.add(from.asText()));
          List<String> expected =
              DROPPED.containsKey(name) ? List.of("layers.0." + DROPPED.get(name)) : List.of();
          assertEquals(expected, dropped, name);
        }
      }
    }
    assertEquals(STAGES, seen);
  }

  /** Inputs, weights and the results of both graphs, as {@code explain} reads them. */
  private Path capture(Path graphs) throws IOException, OrtException {
    Path capture = folder.resolve("capture.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    try (TensorSource inputs = Sources.open(graphs.resolve("inputs.json"));
        TensorSource weights = Sources.open(graphs.resolve("initializers.safetensors"))) {
      inputs.tensors().keySet().forEach(name -> tensors.put("in." + name, inputs.read(name)));
      weights(weights, tensors);
      run(graphs.resolve("pre.onnx"), inputs, "plain", tensors);
      run(marked(graphs), inputs, "marked", tensors);
      SafetensorsWriter.write(capture, Map.of(), entries(tensors), false);
    }
    return capture;
  }

  /**
   * The graph's initializers under the names of the stages; linear weights are stored [in, out],
   * two of them square.
   */
  private static void weights(TensorSource source, Map<String, Tensor> tensors) {
    tensors.put("w.input_ln", source.read("c11"));
    tensors.put("w.q_norm", source.read("c32"));
    tensors.put("w.k_norm", source.read("c60"));
    for (String name : List.of("q", "k", "v")) {
      tensors.put("w." + name + "_proj", source.read("w_" + name));
    }
  }

  /**
   * A copy of the graph in which every stage is an output. Messages of protobuf merge, so what is
   * appended is added: field 7 of a model is its graph, 12 of a graph an output, 1 of that its
   * name.
   */
  private Path marked(Path graphs) throws IOException {
    Files.copy(graphs.resolve("pre.onnx.data"), folder.resolve("pre.onnx.data"));
    Path marked = Files.copy(graphs.resolve("pre.onnx"), folder.resolve("pre.onnx"));
    try (OutputStream out = Files.newOutputStream(marked, StandardOpenOption.APPEND)) {
      for (String stage : STAGES.subList(0, 6)) {
        if (!stage.equals("v_proj")) {
          byte[] name = stage.getBytes(StandardCharsets.UTF_8);
          int n = name.length;
          out.write(
              new byte[] {7 << 3 | 2, (byte) (n + 4), 12 << 3 | 2, (byte) (n + 2), 10, (byte) n});
          out.write(name);
        }
      }
    }
    return marked;
  }

  private static void run(Path graph, TensorSource inputs, String system, Map<String, Tensor> into)
      throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    List<OnnxTensor> given = new ArrayList<>();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      try (OrtSession session = environment.createSession(graph.toString(), options)) {
        Map<String, OnnxTensor> feed = new LinkedHashMap<>();
        for (String name : session.getInputNames()) {
          feed.put(name, tensor(environment, inputs.read(name)));
        }
        given.addAll(feed.values());
        try (OrtSession.Result result = session.run(feed)) {
          result.forEach(
              output ->
                  into.put(system + "." + output.getKey(), tensor((OnnxTensor) output.getValue())));
        }
      }
    } finally {
      given.forEach(OnnxTensor::close);
    }
  }

  private static OnnxTensor tensor(OrtEnvironment environment, Tensor tensor) throws OrtException {
    assertEquals(DType.F16, tensor.dtype());
    ByteBuffer bytes = ByteBuffer.allocateDirect((int) (tensor.elements() * 2));
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    for (long i = 0; i < tensor.elements(); i++) {
      bytes.putShort((short) tensor.bits(i));
    }
    return OnnxTensor.createTensor(
        environment, bytes.flip(), tensor.shape().dims(), OnnxJavaType.FLOAT16);
  }

  private static Tensor tensor(OnnxTensor output) {
    TensorInfo info = output.getInfo();
    assertEquals(OnnxJavaType.FLOAT16, info.type);
    ByteBuffer bytes = output.getByteBuffer().order(ByteOrder.nativeOrder());
    short[] bits = new short[bytes.remaining() / 2];
    bytes.asShortBuffer().get(bits);
    return Tensor.ofShorts(DType.F16, Shape.of(info.getShape()), bits);
  }

  private static List<TensorEntry> entries(Map<String, Tensor> tensors) {
    return tensors.entrySet().stream()
        .map(entry -> TensorEntry.of(entry.getKey(), entry.getValue()))
        .toList();
  }
}
