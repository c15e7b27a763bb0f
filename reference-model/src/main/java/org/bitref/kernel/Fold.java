package org.bitref.kernel;

import java.util.List;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;

/**
 * From the K products of one output to its sum: the meaning of chain, split and combine. Not
 * thread-safe.
 */
final class Fold {
  private final KPlan plan;
  private final InnerSum inner;
  private final RunMerge merge;
  private final SliceMerge combine;

  Fold(GemmRecipe recipe, int k, float alpha) {
    this.plan = KPlan.of(recipe, k);
    this.inner = InnerSum.of(recipe);
    this.merge = RunMerge.of(recipe, alpha);
    this.combine = SliceMerge.of(recipe);
  }

  /**
   * @param c what the first accumulator of the first slice starts with
   * @param a a row of x, rounded as the recipe's input says
   * @param b a row of w, likewise
   * @return the sum before the epilogue
   */
  double sum(double c, double[] a, double[] b) {
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
  static Format initialFormat(GemmRecipe recipe) {
    if (recipe.chain() instanceof Chain.Promote promote) {
      return promote.into().format();
    }
    Format format = recipe.inner().format();
    // The accumulator that goes into an FP8 instruction is a whole float32.
    return format == Format.E8M13 ? Format.F32 : format;
  }

  /** How a run's sum joins those before it. */
  private record RunMerge(Arithmetic arithmetic, boolean startsWithC, double scale) {
    static RunMerge of(GemmRecipe recipe, float alpha) {
      return switch (recipe.chain()) {
        case Chain.Promote promote ->
            new RunMerge(Arithmetic.of(promote.into()), true, promote.fmascale() ? alpha : 1);
        case Chain.KBlock _ -> new RunMerge(Arithmetic.nearest(format(recipe)), true, 1);
        case Chain.Sliced _, Chain.Seq _ ->
            new RunMerge(Arithmetic.nearest(format(recipe)), false, 1);
      };
    }

    private static Format format(GemmRecipe recipe) {
      return recipe.inner() instanceof Inner.Exact ? Format.F64 : initialFormat(recipe);
    }

    double add(double main, double sum) {
      return scale == 1 ? arithmetic.add(main, sum) : arithmetic.fma(scale, sum, main);
    }
  }

  /** How the slices' sums become one. */
  private record SliceMerge(
      Format partial, Combine.Order order, Arithmetic arithmetic, Format inPlace) {
    static SliceMerge of(GemmRecipe recipe) {
      return switch (recipe.combine()) {
        case Combine.None _ -> new SliceMerge(Format.F64, Combine.Order.FWD, null, null);
        case Combine.Sum sum ->
            new SliceMerge(
                sum.partial(),
                sum.order(),
                Arithmetic.nearest(sum.add().format().orElse(Format.F32)),
                sum.add() == Combine.Add.INPLACE ? recipe.output() : null);
      };
    }

    double merge(double[] sums) {
      if (arithmetic == null) {
        return sums[0];
      }
      for (int i = 0; i < sums.length; i++) {
        sums[i] = partial.round(sums[i], Rounding.RNE);
      }
      return switch (order) {
        case FWD -> Trees.forward(first(sums, 0), this::add);
        case REV -> Trees.backward(first(sums, sums.length - 1), this::add);
        case PAIR -> Trees.neighbours(first(sums, 0), this::add);
        case TREE -> Trees.halves(first(sums, 0), this::add);
      };
    }

    /** Even the slice that nothing is added to is rounded where the sum lives. */
    private double[] first(double[] sums, int i) {
      sums[i] = stored(arithmetic.round(sums[i]));
      return sums;
    }

    private double add(double a, double b) {
      return stored(arithmetic.add(a, b));
    }

    private double stored(double sum) {
      return inPlace == null ? sum : inPlace.round(sum, Rounding.RNE);
    }
  }
}
