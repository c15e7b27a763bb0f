package org.bitref.kernel.spec;

import java.util.function.DoubleBinaryOperator;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Lanes;

/**
 * From the sums of an output's runs to the one sum before the epilogue: the meaning of chain and
 * combine. Not thread-safe.
 */
public final class Fold {
  private final Arithmetic chain;
  private final boolean startsWithC;
  private final double scale;
  private final Combine combine;
  private final Arithmetic slices;
  private final Format stored;

  /** What the sum of a run is multiplied by. */
  @FunctionalInterface
  interface RunScale {
    double of(int slice, int run);
  }

  /** The fold of a recipe; {@code alpha} is what a chain may scale its sums by. */
  public Fold(GemmRecipe recipe, float alpha) {
    Format inner = recipe.inner() instanceof Inner.Exact ? Format.F64 : initialFormat(recipe);
    this.startsWithC =
        !(recipe.chain() instanceof Chain.Sliced || recipe.chain() instanceof Chain.Seq);
    if (recipe.chain() instanceof Chain.Promote promote) {
      this.chain = Arithmetic.of(promote.into());
      this.scale = promote.fmascale() ? alpha : 1;
    } else {
      this.chain = Arithmetic.nearest(inner);
      this.scale = 1;
    }
    this.combine = recipe.combine();
    Format added =
        combine instanceof Combine.Sum sum ? sum.add().format().orElse(Format.F32) : Format.F64;
    this.slices = Arithmetic.nearest(added);
    boolean inPlace = combine instanceof Combine.Sum sum && sum.add() == Combine.Add.INPLACE;
    this.stored = inPlace ? recipe.output() : Format.F64;
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

  /** True if runs are added to C; else the first run starts with it. */
  public boolean startsWithC() {
    return startsWithC;
  }

  /** True if there is but one slice, and nothing to merge. */
  public boolean isOneSlice() {
    return combine instanceof Combine.None;
  }

  /**
   * The sum of all runs.
   *
   * @param runs [slice][run]; left as they are
   * @param c what the first run of the first slice is added to, if the fold starts with it
   */
  double of(double[][] runs, double c) {
    return of(runs, c, (_, _) -> scale);
  }

  /** The same where runs have scales of their own; the chain is one that takes them. */
  double of(double[][] runs, double c, RunScale scales) {
    double[] sums = new double[runs.length];
    for (int i = 0; i < sums.length; i++) {
      int next = startsWithC ? 0 : 1;
      double main = next == 1 ? runs[i][0] : i == 0 ? c : 0;
      for (; next < runs[i].length; next++) {
        main = add(main, runs[i][next], scales.of(i, next));
      }
      sums[i] = main;
    }
    return merge(sums);
  }

  /** Adds the first {@code n} sums of runs to those before. */
  public void add(float[] main, float[] sums, int n) {
    if (scale == 1 && chain.isFloat()) {
      for (int i = 0; i < n; i++) {
        main[i] += sums[i];
      }
      return;
    }
    for (int i = 0; i < n; i++) {
      main[i] = (float) add(main[i], sums[i], scale);
    }
  }

  /** {@code main} and the sum of one more run. */
  public double add(double main, double sum, double scaledBy) {
    return scaledBy == 1 ? chain.add(main, sum) : chain.fma(scaledBy, sum, main);
  }

  /** The sum of the slices' sums, which it spoils. */
  public double merge(double[] sums) {
    if (!(combine instanceof Combine.Sum sum)) {
      return sums[0];
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] = sum.partial().round(sums[i], Rounding.RNE);
    }
    // Even the slice that nothing is added to is rounded where the sum lives.
    int first = sum.order() == Combine.Order.REV ? sums.length - 1 : 0;
    sums[first] = stored(slices.round(sums[first]));
    return added(sums, sum.order(), (a, b) -> stored(slices.add(a, b)));
  }

  private double stored(double sum) {
    return stored == Format.F64 ? sum : stored.round(sum, Rounding.RNE);
  }

  /** The same order by its other name. */
  static Combine.Order order(Lanes.Tree tree) {
    return switch (tree) {
      case SEQ -> Combine.Order.FWD;
      case PAIR -> Combine.Order.PAIR;
      case BUTTERFLY -> Combine.Order.TREE;
    };
  }

  /** Several values, at least one, as one, in an order. */
  static double added(double[] values, Combine.Order order, DoubleBinaryOperator add) {
    return switch (order) {
      case FWD -> {
        double sum = values[0];
        for (int i = 1; i < values.length; i++) {
          sum = add.applyAsDouble(sum, values[i]);
        }
        yield sum;
      }
      case REV -> {
        double sum = values[values.length - 1];
        for (int i = values.length - 2; i >= 0; i--) {
          sum = add.applyAsDouble(sum, values[i]);
        }
        yield sum;
      }
      case PAIR -> neighbours(values, add);
      case TREE -> halves(values, add);
    };
  }

  /** v0 + v1, v2 + v3, ..., then the same with those; an odd one out moves up. */
  private static double neighbours(double[] values, DoubleBinaryOperator add) {
    double[] level = values.clone();
    for (int n = level.length; n > 1; n = (n + 1) / 2) {
      for (int i = 0; i + 1 < n; i += 2) {
        level[i / 2] = add.applyAsDouble(level[i], level[i + 1]);
      }
      if (n % 2 == 1) {
        level[n / 2] = level[n - 1];
      }
    }
    return level[0];
  }

  /** v[i] + v[i + ceil(n/2)] where there is such a partner, then the same with those. */
  private static double halves(double[] values, DoubleBinaryOperator add) {
    double[] level = values.clone();
    for (int n = level.length; n > 1; n = (n + 1) / 2) {
      int half = (n + 1) / 2;
      for (int i = 0; i + half < n; i++) {
        level[i] = add.applyAsDouble(level[i], level[i + half]);
      }
    }
    return level[0];
  }
}
