package org.bitref.cli.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.bitref.cli.Cli;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of other layouts and names, and systems that did not get the same. */
class PackedInputsTest {
  private static final int TOKENS = 6;
  private static final int K = 16;
  private static final int N = 24;

  @TempDir private Path temp;
  private final Random random = new Random(4);

  private Tensor drawn(int... dims) {
    long[] lengths = new long[dims.length];
    int n = 1;
    for (int i = 0; i < dims.length; i++) {
      lengths[i] = dims[i];
      n *= dims[i];
    }
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.ofFloats(Shape.of(lengths), values).cast(DType.F16);
  }

  private String npz(String name, Map<String, Tensor> tensors) {
    List<TensorEntry> entries = new ArrayList<>();
    tensors.forEach((tensor, data) -> entries.add(TensorEntry.of(tensor, data)));
    Path path = temp.resolve(name);
    NpzWriter.write(path, entries, false);
    return path.toString();
  }

  /** x · wᵀ of integers, which every order of a sum gives. */
  private Map<String, Tensor> product() {
    float[] x = new float[TOKENS * K];
    float[] w = new float[N * K];
    for (int i = 0; i < w.length; i++) {
      w[i] = random.nextInt(-3, 4);
      if (i < x.length) {
        x[i] = random.nextInt(-3, 4);
      }
    }
    float[] y = new float[TOKENS * N];
    float[] turned = new float[N * K];
    for (int n = 0; n < N; n++) {
      for (int k = 0; k < K; k++) {
        turned[k * N + n] = w[n * K + k];
        for (int m = 0; m < TOKENS; m++) {
          y[m * N + n] += x[m * K + k] * w[n * K + k];
        }
      }
    }
    return Map.of(
        "x", Tensor.ofFloats(Shape.of(TOKENS, K), x).cast(DType.F16),
        "y", Tensor.ofFloats(Shape.of(TOKENS, N), y).cast(DType.F16),
        "kn", Tensor.ofFloats(Shape.of(K, N), turned).cast(DType.F16),
        "w", Tensor.ofFloats(Shape.of(N, K), w).cast(DType.F16));
  }

  /** Stored [K, N], as for ONNX: the rows of the transposed weight are kept. */
  @Test
  void aWeightIsTurnedBeforeItIsSampled() {
    Map<String, Tensor> of = product();
    String a = npz("a.npz", Map.of("post_attn_ln", of.get("x"), "gate_proj", of.get("y")));
    String b = npz("b.npz", Map.of("post_attn_ln", of.get("x"), "mlp_gate", of.get("y")));
    String w = npz("w.npz", Map.of("gate_proj", of.get("kn")));
    Path out = temp.resolve("case.safetensors");
    Cli run =
        Cli.run(
                "pack",
                "trt=" + a,
                "torch=" + b,
                "w=" + w,
                "--cols",
                "3",
                "--rows",
                "1,4",
                "-o",
                out)
            .exits(0);
    assertTrue(run.out().replace("\n", " ").contains("transposed: layers.0.gate_proj"), run.out());
    try (TensorSource packed = Sources.open(out)) {
      Tensor kept = packed.read("w.layers.0.gate_proj");
      int[] columns = {0, N - 2, N - 1};
      int[] rows = {1, 4};
      assertEquals(Shape.of(3, K), kept.shape());
      for (int c = 0; c < 3; c++) {
        for (int k = 0; k < K; k++) {
          assertEquals(of.get("w").get((long) columns[c] * K + k), kept.get((long) c * K + k));
        }
        for (int r = 0; r < 2; r++) {
          double y = packed.read("torch.layers.0.gate_proj").get(r * 3L + c);
          assertEquals(of.get("y").get((long) rows[r] * N + columns[c]), y);
        }
      }
    }
    String recipe = "in=f16 | exact | seq | none | none | cvt(f16,rne)";
    Path y = temp.resolve("y.safetensors");
    Cli.run(
            "gemm",
            out,
            "--x",
            "trt.layers.0.post_attn_ln",
            "--w",
            "w.layers.0.gate_proj",
            "--recipe",
            recipe,
            "-o",
            y)
        .exits(0);
    try (TensorSource packed = Sources.open(out);
        TensorSource computed = Sources.open(y)) {
      assertTrue(computed.read("y").isSame(packed.read("trt.layers.0.gate_proj")));
    }
  }

  /**
   * Nobody knows which of 16 columns these 4 are, so which two of them are kept could not be said.
   */
  @Test
  void columnsThatWereSampledBeforeStayAsTheyAre() {
    Tensor whole = drawn(TOKENS, K);
    Map<String, Tensor> dump =
        Map.of("attn_out", whole, "o_proj", drawn(TOKENS, 4), "post_attn_hidden", drawn(TOKENS, 4));
    String a = npz("a.npz", dump);
    String in = npz("in.npz", Map.of("hidden", whole));
    String w = npz("w.npz", Map.of("o_proj", drawn(4, K)));
    Path out = temp.resolve("case.safetensors");
    Cli run = Cli.run("pack", a, "in=" + in, "w=" + w, "--cols", "2", "-o", out).exits(0);
    assertTrue(run.out().contains("columns: all"), run.out());
    try (TensorSource packed = Sources.open(out)) {
      assertEquals(Shape.of(4, K), packed.read("w.layers.0.o_proj").shape());
      assertFalse(packed.has("in.cols.layers.0.o_proj"));
    }
  }

  /** Explain compares what systems brought of their own, from a case as from files. */
  @Test
  void inputsThatDifferStayApart() {
    Tensor x = drawn(TOKENS, K);
    Tensor other = drawn(TOKENS, K);
    Tensor y = drawn(TOKENS, K);
    Tensor shared = drawn(TOKENS, 4);
    String a = npz("a.npz", Map.of("input_ln", y, "in.hidden", x, "in.cos", shared));
    String b = npz("b.npz", Map.of("input_ln", y, "in.hidden", other, "in.cos", shared));
    Path out = temp.resolve("case.safetensors");
    Cli.run("pack", a, b, "-o", out).exits(0);
    try (TensorSource packed = Sources.open(out)) {
      assertTrue(packed.read("a.in.layers.0.input_hidden").reshape(x.shape()).isSame(x));
      assertTrue(packed.read("b.in.layers.0.input_hidden").reshape(x.shape()).isSame(other));
      assertTrue(packed.read("in.rope.cos").reshape(shared.shape()).isSame(shared));
      assertFalse(packed.has("a.in.rope.cos"));
    }
    String files = Cli.run("explain", a, b).exits(4).out();
    String packed = Cli.run("explain", out).exits(4).out();
    String unequal = "UNEQUAL: input_hidden (96 of 96 values differ)";
    assertTrue(files.contains(unequal) && packed.contains(unequal), packed);
  }

  @Test
  void aTensorOfOtherRowsStaysWholeAndIsNamed() {
    Tensor y = drawn(TOKENS, K);
    String a = npz("a.npz", Map.of("input_ln", y, "logits", drawn(1, 9)));
    Path out = temp.resolve("case.safetensors");
    Cli run = Cli.run("pack", "t=" + a, "--rows", "2", "-o", out).exits(0);
    assertTrue(run.out().contains("not sampled, for they have other rows: t.logits"), run.out());
    try (TensorSource packed = Sources.open(out)) {
      assertEquals(Shape.of(1, 1, 9), packed.read("t.logits").shape());
      assertEquals(Shape.of(1, 2, K), packed.read("t.layers.0.input_ln").shape());
    }
  }

  private static Map<String, String> functions(JsonNode json) {
    Map<String, String> functions = new TreeMap<>();
    for (JsonNode stage : json.get("stages")) {
      for (JsonNode system : stage.get("systems")) {
        functions.put(
            stage.get("name").asText() + " " + system.get("system").asText(),
            system.get("status").asText() + " " + system.path("function").asText());
      }
    }
    return functions;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "eps",
        "gemma",
        "overflow",
        "swiglu",
        "rope_good rope_theta",
        "deepstack_lost deepstack_right",
        "window_a window_b"
      })
  void aReportedCaseIsExplainedAsItsFilesAre(String files) {
    Path folder = Path.of(System.getProperty("bitref.captures", "")).resolve("reports");
    assumeTrue(Files.exists(folder), "-Dbitref.captures names no folder with reports");
    List<Object> named = new ArrayList<>();
    for (String file : files.split(" ", -1)) {
      named.add(folder.resolve(file + ".safetensors"));
    }
    Path out = temp.resolve("case.safetensors");
    List<Object> pack = new ArrayList<>(List.of("pack", "-o", out));
    pack.addAll(named);
    Cli.run(pack.toArray()).exits(0);
    List<Object> explain = new ArrayList<>(List.of("explain", "--format", "json"));
    explain.addAll(named);
    Cli before = Cli.run(explain.toArray());
    JsonNode json = before.json();
    JsonNode packed = Cli.run("explain", out, "--format", "json").exits(before.code()).json();
    assertEquals(json.get("verdict"), packed.get("verdict"));
    assertEquals(functions(json), functions(packed));
  }
}
