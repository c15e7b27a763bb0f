package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.loaders.safetensors.SafetensorsFolder;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The projections of four layers of a small Qwen3-VL by PyTorch 2.13 on a CPU with AVX-512, K =
 * 256, 512 and 704, each fed with what PyTorch gave it: every output.
 */
final class HuggingFaceProjectionsTest {
  private static final Map<String, String> INPUTS =
      Map.of(
          "self_attn.q_proj", "input_ln",
          "self_attn.k_proj", "input_ln",
          "self_attn.v_proj", "input_ln",
          "self_attn.o_proj", "attn_out",
          "mlp.gate_proj", "post_attn_ln",
          "mlp.up_proj", "post_attn_ln",
          "mlp.down_proj", "mlp_mul");

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          f32-eager  ; in=f32 | fma(acc=f32rne) | kblock(q=384,rule=mkl) | none | none | cvt(f32)
          f16-eager  ; in=f16 | fma(acc=f32rne) | kblock(q=1024,rule=onednn) | none | none | cvt(f16)
          bf16-eager ; in=bf16 | bf16dp(order=oddeven,ftz) | kblock(q=1024,rule=onednn) | none | none | cvt(bf16)
          bf16-sdpa  ; in=bf16 | bf16dp(order=oddeven,ftz) | kblock(q=1024,rule=onednn) | none | none | cvt(bf16)
          """)
  void everyOutputIsEqual(String run, String text) {
    GemmRecipe recipe = GemmRecipe.parse(text);
    Path checkpoint = Path.of(System.getProperty("bitref.captures", ""), "tiny-qwen3-vl");
    assumeTrue(Files.isDirectory(checkpoint));
    try (TensorSource captures = Captures.capture("hf-cpu-" + run);
        TensorSource weights = SafetensorsFolder.open(checkpoint);
        Workers workers = new Workers(2)) {
      for (int layer = 0; layer < 4; layer++) {
        for (Map.Entry<String, String> projection : INPUTS.entrySet()) {
          String suffix = "layers." + layer + "." + projection.getKey() + ".weight";
          String name =
              weights.tensors().keySet().stream()
                  .filter(key -> key.endsWith("language_model." + suffix))
                  .findFirst()
                  .orElseThrow();
          String stage = projection.getKey().substring(projection.getKey().indexOf('.') + 1);
          stage = stage.equals("down_proj") ? "mlp_down" : stage;
          String prefix = "layers." + layer + ".";
          Tensor x = captures.read(prefix + projection.getValue());
          Tensor expected = captures.read(prefix + stage);
          Tensor w = weights.read(name);
          Tensor rows = x.reshape(Shape.of(x.elements() / w.shape().dim(1), w.shape().dim(1)));
          Tensor y = Kernels.gemm(recipe).multiply(rows, w, GemmOperands.NONE, workers);
          assertEquals(expected.elements(), Captures.equal(expected, y), suffix);
        }
      }
    }
  }
}
