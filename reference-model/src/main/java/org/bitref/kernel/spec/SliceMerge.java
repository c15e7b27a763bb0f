package org.bitref.kernel.spec;

import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.Combine;
import org.bitref.recipe.GemmRecipe;

/** How the slices' sums become one. */
public record SliceMerge(
    Format partial, Combine.Order order, Arithmetic arithmetic, Format inPlace) {
  public static SliceMerge of(GemmRecipe recipe) {
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

  /** True if there is nothing to merge. */
  public static boolean isNone(GemmRecipe recipe) {
    return recipe.combine() instanceof Combine.None;
  }

  public double merge(double[] sums) {
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
