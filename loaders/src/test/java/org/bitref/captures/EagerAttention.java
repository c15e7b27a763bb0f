package org.bitref.captures;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.kernel.attention.AttentionKernel;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.Sizes;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;

/**
 * PyTorch's eager attention: over 3006 tokens on an H100, 60 queries of heads 0 and 2 of four; over
 * 333, 1024 and 3006 tokens on an H200, 30 queries of heads 0 and 17 of 32. The whole matrix is
 * computed, because the order of a row's sum depends on where the row lies.
 */
final class EagerAttention {
  private static final int D = 128;

  private static final Once ALL = new Once(EagerAttention::compared);
  private static final Once LENGTHS = new Once(EagerAttention::comparedLengths);

  private EagerAttention() {}

  /** Both formats on the H100. Skips the test without the captures. */
  static List<Reproduced> all() {
    return ALL.rows();
  }

  /** Three lengths in both formats on the H200. Skips the test without the captures. */
  static List<Reproduced> lengths() {
    return LENGTHS.rows();
  }

  private static List<Reproduced> compared() {
    List<Reproduced> rows = new ArrayList<>();
    try (TensorSource capture = Captures.capture("attention-h100");
        Workers workers = new Workers(2)) {
      for (DType dtype : List.of(DType.F16, DType.BF16)) {
        String stage = "torch_eager_" + word(dtype);
        Sample sample = Sample.of(capture, "", dtype, 4, 2);
        rows.add(sample.reproduced(stage, capture.read("attn." + stage), workers));
      }
    }
    return rows;
  }

  private static List<Reproduced> comparedLengths() {
    List<Reproduced> rows = new ArrayList<>();
    try (TensorSource capture = Captures.capture("attention-lengths-h200");
        Workers workers = new Workers(2)) {
      for (int tokens : new int[] {333, 1024, 3006}) {
        for (DType dtype : List.of(DType.F16, DType.BF16)) {
          String prefix = "s" + tokens + "." + word(dtype) + ".";
          // Rows of head 17 are aligned as those of head 1.
          Sample sample = Sample.of(capture, prefix, dtype, 32, 1);
          String stage = prefix + "eager";
          rows.add(sample.reproduced(stage, capture.read(stage + ".out"), workers));
        }
      }
    }
    return rows;
  }

  private static String word(DType dtype) {
    return dtype == DType.F16 ? "f16" : "bf16";
  }

  /**
   * Queries of two heads, of which the first is head 0.
   *
   * @param heads of which these are two
   * @param second the other head
   * @param tokens queries and keys of the whole
   * @param k with both heads in their places, as v
   */
  private record Sample(
      DType dtype, int heads, int second, int tokens, Tensor rows, Tensor q, Tensor k, Tensor v) {
    static Sample of(TensorSource capture, String prefix, DType dtype, int heads, int second) {
      Tensor k = capture.read(prefix + "k").cast(dtype);
      Tensor v = capture.read(prefix + "v").cast(dtype);
      return new Sample(
          dtype,
          heads,
          second,
          k.shape().intDim(1),
          capture.read(prefix + "rows"),
          capture.read(prefix + "q").cast(dtype),
          spread(k, second),
          spread(v, second));
    }

    Reproduced reproduced(String stage, Tensor captured, Workers workers) {
      StageRecipe recipe =
          Recipes.model("hf-cuda-" + word(dtype) + "-eager").of("layers.0.attn_out");
      Sizes sizes = new Sizes(heads, tokens, tokens, D);
      Tensor computed = attend((AttentionRecipe) recipe.at(sizes).recipe(), workers);
      return Reproduced.of("pytorch_cuda", stage, recipe.text(), captured, computed);
    }

    private Tensor attend(AttentionRecipe recipe, Workers workers) {
      int held = second + 1;
      TensorBuilder whole = new TensorBuilder(dtype, Shape.of(1, held, tokens, D));
      int n = Math.toIntExact(rows.elements());
      for (int i = 0; i < 2 * n; i++) {
        long row = (long) i / n * second * tokens + rows.getLong(i % n);
        whole.copy(row * D, q, (long) i * D, D);
      }
      Tensor all =
          new AttentionKernel(recipe)
              .run(whole.build(), k, v, AttentionFunction.of(D), Optional.empty(), tokens, workers);
      TensorBuilder out = new TensorBuilder(dtype, Shape.of(2, n, D));
      for (int i = 0; i < 2 * n; i++) {
        long row = rows.getLong(i % n);
        out.copy((long) i * D, all, (row * held + (long) i / n * second) * D, D);
      }
      return out.build();
    }
  }

  /** Two heads in their places; others are zero. */
  private static Tensor spread(Tensor two, int second) {
    int tokens = two.shape().intDim(1);
    long size = (long) tokens * D;
    TensorBuilder heads = new TensorBuilder(two.dtype(), Shape.of(1, second + 1L, tokens, D));
    heads.copy(0, two, 0, size);
    heads.copy(second * size, two, size, size);
    return heads.build();
  }
}
