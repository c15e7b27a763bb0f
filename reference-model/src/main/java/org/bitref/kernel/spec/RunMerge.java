package org.bitref.kernel.spec;

import org.bitref.numerics.Format;
import org.bitref.recipe.Chain;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;

/** How a run's sum joins those before it. */
public record RunMerge(Arithmetic arithmetic, boolean startsWithC, double scale) {
  public static RunMerge of(GemmRecipe recipe, float alpha) {
    return switch (recipe.chain()) {
      case Chain.Promote promote ->
          new RunMerge(Arithmetic.of(promote.into()), true, promote.fmascale() ? alpha : 1);
      case Chain.KBlock _ -> new RunMerge(Arithmetic.nearest(format(recipe)), true, 1);
      case Chain.Sliced _, Chain.Seq _ ->
          new RunMerge(Arithmetic.nearest(format(recipe)), false, 1);
    };
  }

  private static Format format(GemmRecipe recipe) {
    return recipe.inner() instanceof Inner.Exact ? Format.F64 : Fold.initialFormat(recipe);
  }

  /** Adds the first {@code n} sums to those before. */
  public void add(float[] main, float[] sums, int n) {
    if (scale == 1 && arithmetic.isFloat()) {
      for (int i = 0; i < n; i++) {
        main[i] += sums[i];
      }
      return;
    }
    for (int i = 0; i < n; i++) {
      main[i] = (float) add(main[i], sums[i]);
    }
  }

  public double add(double main, double sum) {
    return scale == 1 ? arithmetic.add(main, sum) : arithmetic.fma(scale, sum, main);
  }
}
