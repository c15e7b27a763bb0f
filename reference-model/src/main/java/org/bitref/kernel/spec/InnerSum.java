package org.bitref.kernel.spec;

import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;

/** What one accumulator does with its run of products: the meaning of a recipe's inner part. */
public interface InnerSum {
  /**
   * Adds the products of a run to an accumulator.
   *
   * @param acc what the accumulator holds
   * @param a K elements of a row of x, rounded as the recipe's input says
   * @param b K elements of a row of w, likewise
   * @param run which k, in which order
   * @return what the accumulator holds afterwards; any NaN stands for the NaN
   */
  double sum(double acc, double[] a, double[] b, Run run);

  static InnerSum of(GemmRecipe recipe) {
    return switch (recipe.inner()) {
      case Inner.Fda fda -> new FusedDotAdd(fda, recipe.in());
      case Inner.Fma fma -> new LaneSum(fma.acc(), fma.lanes(), true);
      case Inner.MulAdd muladd -> new LaneSum(muladd.acc(), muladd.lanes(), false);
      case Inner.Bf16Dp pairs -> new PairDot(pairs);
      case Inner.Exact _ -> new ExactSum(recipe.epilogue());
    };
  }
}
