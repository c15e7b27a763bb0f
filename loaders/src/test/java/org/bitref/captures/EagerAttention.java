package org.bitref.captures;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.kernel.attention.AttentionKernel;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;

/**
 * PyTorch's eager attention over 3006 tokens on an H100: 60 queries of heads 0 and 2 of four. The
 * whole matrix is computed, because the order of a row's sum depends on where the row lies.
 */
final class EagerAttention {
  private static final int HEADS = 3;
  private static final int TOKENS = 3006;
  private static final int D = 128;

  private static final Once ALL = new Once(EagerAttention::compared);

  private EagerAttention() {}

  /** Both formats. Skips the test without the captures. */
  static List<Reproduced> all() {
    return ALL.rows();
  }

  private static List<Reproduced> compared() {
    List<Reproduced> rows = new ArrayList<>();
    try (TensorSource capture = Captures.capture("attention-h100");
        Workers workers = new Workers(2)) {
      for (DType dtype : List.of(DType.F16, DType.BF16)) {
        String word = dtype == DType.F16 ? "f16" : "bf16";
        AttentionRecipe recipe = recipe(word);
        Tensor computed = attend(capture, recipe, dtype, workers);
        String stage = "torch_eager_" + word;
        Tensor captured = capture.read("attn." + stage);
        rows.add(Reproduced.of("pytorch_cuda", stage, recipe.text(), captured, computed));
      }
    }
    return rows;
  }

  /**
   * The preset; but where K is no multiple of eight, as among 3006 values, cuBLAS takes another
   * kernel for float16, which begins with the K mod 64 terms that fill no tile.
   */
  private static AttentionRecipe recipe(String format) {
    String preset = Recipes.model("hf-cuda-" + format + "-eager").of("layers.0.attn_out").text();
    int pv = preset.indexOf("pv=(");
    String residueFirst =
        preset
            .substring(pv)
            .replace(
                "seq | none | none",
                "seq | splitk(s=1,g=8,residue=first,bk=64) | partial=f32,order=fwd,add=f32rne");
    String text = format.equals("f16") ? preset.substring(0, pv) + residueFirst : preset;
    return (AttentionRecipe) StageRecipe.parse(text);
  }

  private static Tensor attend(
      TensorSource capture, AttentionRecipe recipe, DType dtype, Workers workers) {
    Tensor rows = capture.read("rows");
    TensorBuilder q = new TensorBuilder(dtype, Shape.of(1, HEADS, TOKENS, D));
    Tensor sampled = capture.read("q").cast(dtype);
    int n = Math.toIntExact(rows.elements());
    for (int i = 0; i < 2 * n; i++) {
      q.copy(at(i / n, rows.getLong(i % n)), sampled, (long) i * D, D);
    }
    Tensor k = spread(capture.read("k").cast(dtype));
    Tensor v = spread(capture.read("v").cast(dtype));
    Tensor all =
        new AttentionKernel(recipe)
            .run(q.build(), k, v, AttentionFunction.of(D), Optional.empty(), TOKENS, workers);
    TensorBuilder out = new TensorBuilder(dtype, Shape.of(2, n, D));
    for (int i = 0; i < 2 * n; i++) {
      long row = rows.getLong(i % n);
      out.copy((long) i * D, all, (row * HEADS + i / n * 2L) * D, D);
    }
    return out.build();
  }

  /** Where a row of captured head 0 or 1 begins, which is head 0 or 2. */
  private static long at(int head, long row) {
    return (head * 2L * TOKENS + row) * D;
  }

  /** Heads 0 and 2 in their places; head 1 is zero. */
  private static Tensor spread(Tensor two) {
    TensorBuilder three = new TensorBuilder(two.dtype(), Shape.of(1, HEADS, TOKENS, D));
    for (int head = 0; head < 2; head++) {
      three.copy(at(head, 0), two, (long) head * TOKENS * D, (long) TOKENS * D);
    }
    return three.build();
  }
}
