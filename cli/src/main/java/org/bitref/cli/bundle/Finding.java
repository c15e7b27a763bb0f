package org.bitref.cli.bundle;

import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import org.bitref.BadInputException;
import org.bitref.cli.console.Json;
import org.bitref.compare.Comparer;
import org.bitref.compare.TensorComparison;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Tensor;

/**
 * How far the result of a recipe is from what a system computed.
 *
 * @param total outputs
 * @param equal those with the captured bits
 * @param resultSha256 of the recipe's result, rounded into the type of the captured output
 */
record Finding(
    long total,
    long equal,
    double maxAbs,
    double meanAbs,
    @JsonSerialize(using = Json.Ulps.class) long maxUlp,
    String resultSha256) {

  /**
   * Computes the stage again.
   *
   * @throws BadInputException if the recipe is for another kind of stage or does not fit the
   *     operands
   */
  static Finding of(StageRecipe recipe, Captured<?> stage, Workers workers) {
    if (!fits(recipe, stage)) {
      throw unfit(recipe, "is for another kind of stage", null);
    }
    try {
      Tensor result = stage.operation().run(recipe, workers).cast(stage.y().dtype());
      TensorComparison c = Comparer.compare(result.reshape(stage.y().shape()), stage.y());
      return new Finding(
          c.total(),
          c.equal(),
          c.maxAbs(),
          c.meanAbs(),
          c.maxUlp(),
          BundleFile.sha256(result.data()));
    } catch (IllegalArgumentException e) {
      throw unfit(recipe, "does not fit these operands: " + e.getMessage(), e);
    }
  }

  private static boolean fits(StageRecipe recipe, Captured<?> stage) {
    return stage.operation().kind().takes(recipe)
        && !(recipe instanceof NormRecipe norm && norm.fused());
  }

  private static BadInputException unfit(StageRecipe recipe, String problem, Throwable cause) {
    return new BadInputException(
        "recipe \"" + recipe.text() + "\"",
        problem,
        "Name a recipe of this stage; `bitref explain` prints one.",
        cause);
  }
}
