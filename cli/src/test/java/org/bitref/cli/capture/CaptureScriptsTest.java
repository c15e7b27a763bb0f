package org.bitref.cli.capture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bitref.cli.Cli;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts of cli/docs/capture that can run without a GPU. */
class CaptureScriptsTest {
  private static final Path SCRIPTS = Cli.DEMO.resolve("../docs/capture");

  @TempDir Path folder;

  @Test
  @Tag("long")
  void theHooksWriteEveryStageUnderNamesThatAreRead() throws IOException, InterruptedException {
    Python python = Python.with("torch, transformers, safetensors", folder);
    Path out = folder.resolve("hf.safetensors");
    python.run(SCRIPTS.resolve("capture_hf.py"), Cli.MODEL, "--inputs", Cli.CAPTURE, "-o", out);
    Cli run =
        Cli.run(
            "compare",
            "--map",
            "hf",
            out,
            Cli.CAPTURE,
            "--format",
            "json",
            "--allow-missing",
            "layers\\.[23]\\..*|kv\\.[23]\\..*|attention_mask|logits|input_ids|visual_embeds");
    // What this machine's torch makes of a product may differ in a last bit; names and shapes may
    // not.
    assertTrue(run.code() == 0 || run.code() == 1, run.err());
    JsonNode stages = run.json().get("stages");
    assertEquals(53, stages.size());
    for (JsonNode stage : stages) {
      if (stage
          .get("name")
          .asText()
          .matches("inputs_embeds|deepstack.*|layers\\.0\\.input_hidden")) {
        assertEquals(stage.get("total").asLong(), stage.get("equal").asLong(), stage.toString());
      }
    }
    assertCloned(out);
  }

  /** A layer's output is the state before the deepstack feature, the next input the state after. */
  private static void assertCloned(Path file) {
    try (TensorSource source = Sources.open(file)) {
      Tensor mask = source.read("visual_mask");
      Tensor before = source.read("layers.0").cast(DType.F64);
      Tensor after = source.read("layers.1.input").cast(DType.F64);
      long width = before.shape().dim(-1);
      long rows = mask.elements();
      double[] a = before.toDoubles();
      double[] b = after.toDoubles();
      int changed = 0;
      for (int row = 0; row < rows; row++) {
        int from = (int) (row * width);
        int to = (int) (from + width);
        boolean same = Arrays.equals(a, from, to, b, from, to);
        assertEquals(mask.getLong(row) == 0, same, "row " + row);
        changed += same ? 0 : 1;
      }
      assertNotEquals(0, changed);
    }
  }

  @Test
  void onnxRuntimeWritesTensorsThatWereNoOutputs() throws IOException, InterruptedException {
    Python python = Python.with("onnxruntime, numpy", folder);
    String captures = System.getProperty("bitref.captures", "");
    assumeTrue(!captures.isEmpty(), "-Dbitref.captures names no folder");
    Path graphs = Path.of(captures, "polygraphy");
    for (String name : List.of("pre.onnx", "pre.onnx.data")) {
      Files.copy(graphs.resolve(name), folder.resolve(name));
    }
    Path inputs = folder.resolve("inputs.npz");
    Path out = folder.resolve("ort.npz");
    try (TensorSource given = Sources.open(graphs.resolve("inputs.json"))) {
      List<TensorEntry> entries =
          given.tensors().keySet().stream()
              .map(name -> TensorEntry.of(name, given.read(name)))
              .toList();
      NpzWriter.write(inputs, entries, false);
    }
    python.run(
        SCRIPTS.resolve("capture_onnxruntime.py"),
        folder.resolve("pre.onnx"),
        "--inputs",
        inputs,
        "--tensors",
        "[a-z]_(proj|norm|rope)|input_ln",
        "-o",
        out);
    try (TensorSource source = Sources.open(out);
        TensorSource polygraphy = Sources.open(graphs.resolve("outputs-ort.json"))) {
      assertEquals(8, source.tensors().size());
      for (String name : source.tensors().keySet()) {
        assertEquals(
            polygraphy.tensors().get(name).shape(), source.tensors().get(name).shape(), name);
      }
      String[] left = names(folder);
      assertArrayEquals(new String[] {"pre.onnx"}, left);
    }
    assertTrue(
        Cli.run("compare", "--map", "polygraphy", out, out).exits(0).out().contains("q_norm"));
  }

  private static String[] names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".onnx"))
          .toArray(String[]::new);
    }
  }
}
