package org.bitref.cli.bundle;

import org.bitref.BadInputException;
import org.bitref.compare.Comparer;
import org.bitref.compare.TensorComparison;
import org.bitref.kernel.Workers;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.RopeRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.search.StageCase;
import org.bitref.search.StageRun;
import org.bitref.tensor.Tensor;

/**
 * How far the result of a recipe is from what a system computed.
 *
 * @param total outputs
 * @param equal those with the captured bits
 * @param resultSha256 of the recipe's result, rounded into the type of the captured output
 */
record Finding(
    long total, long equal, double maxAbs, double meanAbs, long maxUlp, String resultSha256) {

  /**
   * Computes the stage again.
   *
   * @throws BadInputException if the recipe is for another kind of stage or does not fit the
   *     operands
   */
  static Finding of(StageRecipe recipe, StageCase stage, Workers workers) {
    if (!fits(recipe, stage)) {
      throw unfit(recipe, "is for another kind of stage", null);
    }
    try {
      Tensor result = StageRun.of(recipe, stage, workers).cast(stage.y().dtype());
      TensorComparison c = Comparer.compare(result.reshape(stage.y().shape()), stage.y());
      return new Finding(
          c.total(), c.equal(), c.maxAbs(), c.meanAbs(), c.maxUlp(), Sha256.of(result.data()));
    } catch (IllegalArgumentException e) {
      throw unfit(recipe, "does not fit these operands: " + e.getMessage(), e);
    }
  }

  private static boolean fits(StageRecipe recipe, StageCase stage) {
    return switch (stage) {
      case StageCase.Product _ -> recipe instanceof GemmRecipe;
      case StageCase.Norm _ -> recipe instanceof NormRecipe norm && !norm.fused();
      case StageCase.Rotation _ -> recipe instanceof RopeRecipe;
      case StageCase.Pointwise point -> recipe instanceof PointRecipe p && p.kind() == point.kind();
      case StageCase.Attention _ ->
          recipe instanceof AttentionRecipe || recipe instanceof TiledAttentionRecipe;
    };
  }

  private static BadInputException unfit(StageRecipe recipe, String problem, Throwable cause) {
    return new BadInputException(
        "recipe \"" + recipe.text() + "\"",
        problem,
        "Name a recipe of this stage; `bitref explain` prints one.",
        cause);
  }
}
