package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Presets;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The matrix products of a Qwen3-VL 8B layer at S = 3006, each fed with what the same system gave
 * it: every sampled output.
 */
final class Layer0ProjectionsTest {
  @ParameterizedTest
  @CsvSource({
    "pytorch_cuda, cublas-f16",
    "trt_strong_marked, tensorrt-f16-f16acc",
    "trt_fp16_marked, tensorrt-f16-f16acc"
  })
  void everyOutputIsEqual(String system, String preset) {
    GemmRecipe recipe = Presets.GEMM.get(preset).recipe();
    for (String stage : new String[] {"q_proj", "k_proj", "v_proj"}) {
      check("layer0-preattention-h100", system, stage, system + ".input_ln", recipe);
    }
    check("layer0-postattention-h100", system, "o_proj", "in.attn", recipe);
    for (String stage : new String[] {"gate_proj", "up_proj"}) {
      check("layer0-postattention-h100", system, stage, system + ".post_attn_ln", recipe);
    }
    check("layer0-postattention-h100", system, "mlp_down", system + ".mlp_mul", recipe);
  }

  /** ONNX Runtime on x86: float32 products of which only this one's operands were captured. */
  @ParameterizedTest
  @CsvSource({"ort_cpu, ort-cpu"})
  void outputProjectionOnTheCpu(String system, String preset) {
    GemmRecipe found = Presets.GEMM.get(preset).recipe();
    Epilogue half = Presets.GEMM.get("cublas-f16").recipe().epilogue();
    GemmRecipe recipe =
        new GemmRecipe(
            found.in(), found.inner(), found.chain(), found.split(), found.combine(), half);
    check("layer0-postattention-h100", system, "o_proj", "in.attn", recipe);
  }

  private static void check(
      String file, String system, String stage, String input, GemmRecipe recipe) {
    try (TensorSource captures = Captures.capture(file);
        Workers workers = new Workers(2)) {
      Tensor expected = captures.read(system + "." + stage);
      Tensor x = captures.read(input);
      Tensor w = captures.read("w." + stage);
      Tensor y = Kernels.gemm(recipe).multiply(x, w, GemmOperands.NONE, workers);
      assertEquals(expected.elements(), Captures.equal(expected, y), stage);
    }
  }
}
