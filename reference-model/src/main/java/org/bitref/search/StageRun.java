package org.bitref.search;

import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.attention.AttentionKernel;
import org.bitref.kernel.attention.TiledAttentionKernel;
import org.bitref.kernel.attention.TiledAttentionKernel.Mask;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.kernel.row.NormKernel;
import org.bitref.kernel.row.PointKernel;
import org.bitref.kernel.row.RopeKernel;
import org.bitref.operation.GemmCase;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.RopeRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.tensor.Tensor;

/** Computes a captured stage from its inputs by any recipe. */
public final class StageRun {
  private static final ModelRecipe EXACT = Recipes.model("exact");

  private StageRun() {}

  /**
   * The stage's result, its elements in the order of {@code y}.
   *
   * @throws ClassCastException if the recipe is not for this kind of stage
   */
  public static Tensor of(StageRecipe recipe, StageCase stage, Workers workers) {
    return switch (stage) {
      case StageCase.Product(GemmCase gemm) -> {
        GemmOperands operands = new GemmOperands(gemm.c(), gemm.bias(), null, 1, 1);
        yield Kernels.gemm((GemmRecipe) recipe).multiply(gemm.x(), gemm.w(), operands, workers);
      }
      case StageCase.Norm norm ->
          new NormKernel((NormRecipe) recipe, norm.eps())
              .run(norm.x(), norm.weight(), norm.y().shape(), workers);
      case StageCase.Rotation rope ->
          new RopeKernel((RopeRecipe) recipe).run(rope.x(), rope.cos(), rope.sin(), workers);
      case StageCase.Pointwise point -> {
        PointKernel kernel = new PointKernel((PointRecipe) recipe);
        yield point.b().isPresent()
            ? kernel.run(point.a(), point.b().get(), workers)
            : kernel.run(point.a(), workers);
      }
      case StageCase.Attention a -> attention(recipe, a, workers);
    };
  }

  private static Tensor attention(StageRecipe recipe, StageCase.Attention a, Workers workers) {
    int queries = a.q().shape().intDim(2);
    return recipe instanceof TiledAttentionRecipe tiled
        ? new TiledAttentionKernel(tiled)
            .run(a.q(), a.k(), a.v(), new Mask(true, a.visible()), queries, workers)
        : new AttentionKernel((AttentionRecipe) recipe)
            .run(a.q(), a.k(), a.v(), a.visible(), queries, workers);
  }

  /** The stage by the preset {@code exact}: F64, sums exact, nothing rounded to storage. */
  public static Tensor exact(StageCase stage, Workers workers) {
    return of(EXACT.of(example(stage)), stage, workers);
  }

  /** The name of a stage of the same kind. */
  private static String example(StageCase stage) {
    return switch (stage) {
      case StageCase.Product _ -> "layers.0.q_proj";
      case StageCase.Norm _ -> "layers.0.input_ln";
      case StageCase.Rotation _ -> "layers.0.q_rope";
      case StageCase.Pointwise point ->
          switch (point.kind()) {
            case ADD -> "layers.0.hidden";
            case MUL -> "layers.0.mlp_mul";
            case SILU -> "layers.0.mlp_act";
            case CAST -> "kv.0.k";
          };
      case StageCase.Attention _ -> "layers.0.attn_out";
    };
  }
}
