package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.kernel.stage.TiledAttentionKernel;
import org.bitref.kernel.stage.TiledAttentionKernel.Mask;
import org.bitref.recipe.AttentionPresets;
import org.bitref.recipe.StageRecipe;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention in tiles against captures of PyTorch's kernels on an H100. */
class AttentionCapturesTest {
  private static final int HEADS = 4;
  private static final int TOKENS = 3006;
  private static final int BLOCKS = HEADS * ((TOKENS + 63) / 64);
  private static final int D = 128;

  /** The recipe with the number of ranges that it chooses for the captured geometry. */
  private static TiledAttentionRecipe settled(String preset) {
    TiledAttentionRecipe recipe = (TiledAttentionRecipe) AttentionPresets.get(preset).recipe();
    int splits = recipe.splits().count(BLOCKS, TOKENS);
    int tile = splits == 1 ? recipe.keys() : recipe.splits().tile(recipe.keys());
    String text =
        recipe
            .text()
            .replace("splits=" + recipe.splits(), "splits=" + splits)
            .replaceFirst("keys=\\d+", "keys=" + tile);
    return (TiledAttentionRecipe) StageRecipe.parse(text);
  }

  /** Each sampled query by itself, the keys after it hidden: no query depends on another. */
  @ParameterizedTest
  @CsvSource({
    "flash, f16",
    "flash, bf16",
    "efficient, f16",
    "efficient, bf16",
    "cudnn, f16",
    "cudnn, bf16"
  })
  void causalOverManyTiles(String system, String format) {
    TiledAttentionKernel kernel =
        new TiledAttentionKernel(settled("torch-" + system + "-" + format));
    DType dtype = DType.of(kernel.output());
    try (TensorSource capture = Captures.capture("attention-h100");
        Workers workers = new Workers(2)) {
      Tensor rows = capture.read("rows");
      Tensor q = capture.read("q").cast(dtype);
      Tensor k = capture.read("k").cast(dtype).reshape(Shape.of(1, 2, TOKENS, D));
      Tensor v = capture.read("v").cast(dtype).reshape(Shape.of(1, 2, TOKENS, D));
      int n = Math.toIntExact(rows.elements());
      TensorBuilder computed = new TensorBuilder(dtype, Shape.of(2, n, D));
      for (int i = 0; i < n; i++) {
        boolean[] seen = new boolean[TOKENS];
        Arrays.fill(seen, 0, (int) rows.getLong(i) + 1, true);
        TensorBuilder query = new TensorBuilder(dtype, Shape.of(1, 2, 1, D));
        query.copy(0, q, (long) i * D, D);
        query.copy(D, q, (long) (n + i) * D, D);
        Mask mask = new Mask(false, Optional.of(seen));
        Tensor out = kernel.run(query.build(), k, v, mask, 1, workers);
        computed.copy((long) i * D, out, 0, D);
        computed.copy((long) (n + i) * D, out, D, D);
      }
      Tensor captured = capture.read("attn.torch_" + system + "_" + format);
      assertEquals(15360, captured.elements());
      assertEquals(15360, Captures.equal(captured, computed.build()));
    }
  }

  @ParameterizedTest
  @CsvSource({"s512d128, 512, 128, 131072", "s77d64, 77, 64, 9856"})
  void notCausal(String shape, int tokens, int d, long total) {
    TiledAttentionKernel kernel =
        new TiledAttentionKernel(
            (TiledAttentionRecipe) AttentionPresets.get("torch-cudnn-f16").recipe());
    Shape heads = Shape.of(1, 2, tokens, d);
    try (TensorSource capture = Captures.capture("tensorrt-mha-h100");
        Workers workers = new Workers(2)) {
      Tensor q = capture.read(shape + ".q").reshape(heads);
      Tensor k = capture.read(shape + ".k").reshape(heads);
      Tensor v = capture.read(shape + ".v").reshape(heads);
      Tensor out = kernel.run(q, k, v, Mask.FULL, tokens, workers);
      TensorBuilder computed = new TensorBuilder(DType.F16, Shape.of(2, tokens, d));
      for (int i = 0; i < 2 * tokens; i++) {
        computed.copy((long) (i % 2 * tokens + i / 2) * d, out, (long) i * d, d);
      }
      Tensor captured = capture.read(shape + ".attn.torch_sdpa");
      assertEquals(total, captured.elements());
      assertEquals(total, Captures.equal(captured, computed.build()));
    }
  }
}
