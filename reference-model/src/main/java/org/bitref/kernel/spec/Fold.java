package org.bitref.kernel.spec;

import java.util.List;
import org.bitref.numerics.Format;
import org.bitref.recipe.Chain;
import org.bitref.recipe.GemmRecipe;

/**
 * From the K products of one output to its sum: the meaning of chain, split and combine. Not
 * thread-safe.
 */
public final class Fold {
  private final KPlan plan;
  private final InnerSum inner;
  private final RunMerge merge;
  private final SliceMerge combine;

  public Fold(GemmRecipe recipe, int k, int n, float alpha) {
    this.plan = KPlan.of(recipe, k, n);
    this.inner = InnerSum.of(recipe);
    this.merge = RunMerge.of(recipe, alpha);
    this.combine = SliceMerge.of(recipe);
  }

  /**
   * The sum before the epilogue.
   *
   * @param c what the first accumulator of the first slice starts with
   * @param a a row of x, rounded as the recipe's input says
   * @param b a row of w, likewise
   */
  public double sum(double c, double[] a, double[] b) {
    double[] sums = new double[plan.slices().size()];
    for (int slice = 0; slice < sums.length; slice++) {
      sums[slice] = slice(slice == 0 ? c : 0, a, b, plan.slices().get(slice));
    }
    return combine.merge(sums);
  }

  private double slice(double c, double[] a, double[] b, List<Run> runs) {
    if (merge.startsWithC()) {
      double main = c;
      for (Run run : runs) {
        main = merge.add(main, inner.sum(0, a, b, run));
      }
      return main;
    }
    double main = inner.sum(c, a, b, runs.getFirst());
    for (Run run : runs.subList(1, runs.size())) {
      main = merge.add(main, inner.sum(0, a, b, run));
    }
    return main;
  }

  /** The format in which the initial accumulator of a recipe is held. */
  public static Format initialFormat(GemmRecipe recipe) {
    if (recipe.chain() instanceof Chain.Promote promote) {
      return promote.into().format();
    }
    Format format = recipe.inner().format();
    // The accumulator that goes into an FP8 instruction is a whole float32.
    return format == Format.E8M13 ? Format.F32 : format;
  }
}
