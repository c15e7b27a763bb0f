package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bitref.bound.GemmBound;
import org.bitref.bound.ProductFamily.Arithmetic;
import org.bitref.diagnose.Corruption;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Of all captured products two are corrupt, and what they lack is named. */
class CorruptionTest {
  /** One output each of a library's float32, float16, bfloat16 and TF32 arithmetic. */
  @ParameterizedTest
  @CsvSource({
    "cublas-h100-0, q3006.f16.y.default",
    "cublas-h100-0, q3006.f16.y.accum16",
    "cublas-h100-0, kv3006.bf16.y.default",
    "cublas-h100-1, q16.f32.y.ieee",
    "cublas-h100-1, q16.f32.y.tf32",
    "cublas-h100-2, odd77.f16.y.accum16",
    "cublas-h100-2, kv128.f16.y.accum16",
    "tensorrt-gemm-h100-0, down3006.y.trt_strong",
    "tensorrt-gemm-h100-0, kv128.y.trt_strong",
    "tensorrt-gemm-h100-1, m32k4096n1024.f16.y"
  })
  void aProductIsRounding(String file, String output) {
    try (TensorSource capture = Captures.capture(file);
        Workers workers = new Workers(2)) {
      String problem = output.substring(0, output.indexOf(".y"));
      Captured<Product> gemm = gemm(capture, problem + ".x", problem + ".w", output);
      assertEquals(Optional.empty(), Corruption.find(gemm, workers));
    }
  }

  private static Captured<Product> gemm(TensorSource capture, String x, String w, String y) {
    return Product.captured(capture.read(x), capture.read(w), capture.read(y));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "m128n512k4096.f16.compute16",
        "m64n256k12288.f16.compute16",
        "m48n264k2056.f16.compute32",
        "m48n264k2056.f16.compute16",
        "m48n264k2056.bf16.compute32"
      })
  void whatCublasLtDroppedIsFound(String problem) {
    try (TensorSource capture = Captures.capture("cublaslt-h100");
        Workers workers = new Workers(2)) {
      List<String> corrupt = new ArrayList<>();
      List<String> expected = new ArrayList<>();
      for (int i = 0; capture.has(problem + ".y." + i); i++) {
        String name = problem + ".y." + i;
        Captured<Product> gemm = gemm(capture, problem + ".x", problem + ".w", name);
        Corruption.find(gemm, workers)
            .ifPresent(found -> corrupt.add(name + " " + found.pattern() + " " + found.damage()));
        if (capture.metadata().get("wrong").contains('"' + name + '"')) {
          expected.add(name + " K_MISSING RangeOfK[from=2048, to=2055]");
        }
      }
      assertEquals(expected, corrupt);
    }
  }

  /**
   * Each system's projections from its own captured input: whether they are inside the bound of a
   * float32 accumulator. ONNX Runtime's last three multiplied inputs that were rounded only when
   * they were written down.
   */
  @ParameterizedTest
  @CsvSource({"pytorch_cuda, true", "trt_strong_marked, false", "ort_cpu, true"})
  void layerZero(String system, boolean holds) {
    try (TensorSource pre = Captures.capture("layer0-preattention-h100");
        TensorSource post = Captures.capture("layer0-postattention-h100");
        Workers workers = new Workers(2)) {
      List<Captured<Product>> cases = new ArrayList<>();
      for (String name : List.of("q_proj", "k_proj", "v_proj")) {
        cases.add(gemm(pre, system + ".input_ln", "w." + name, system + "." + name));
      }
      cases.add(gemm(post, system + ".post_attn_ln", "w.gate_proj", system + ".gate_proj"));
      cases.add(gemm(post, system + ".post_attn_ln", "w.up_proj", system + ".up_proj"));
      cases.add(gemm(post, system + ".mlp_mul", "w.mlp_down", system + ".mlp_down"));
      for (Captured<Product> gemm : cases) {
        assertEquals(Optional.empty(), Corruption.find(gemm, workers));
        GemmBound bound = GemmBound.of(gemm, workers);
        assertEquals(holds, bound.contains(bound.families().getFirst()));
        assertTrue(
            bound.families().stream()
                .filter(one -> one.arithmetic() == Arithmetic.FLOAT32_DROPPED_ROUNDING)
                .anyMatch(bound::contains));
      }
    }
  }
}
