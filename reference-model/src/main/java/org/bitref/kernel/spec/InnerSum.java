package org.bitref.kernel.spec;

import java.util.Optional;
import org.bitref.kernel.spec.KPlan.Range;
import org.bitref.kernel.spec.KPlan.Run;
import org.bitref.numerics.Fma;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.numerics.WideAccumulator;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;

/**
 * What one accumulator does with its run of products: the meaning of a recipe's inner part. Not
 * thread-safe.
 */
@FunctionalInterface
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

  /** The inner part of a recipe. */
  static InnerSum of(GemmRecipe recipe) {
    return switch (recipe.inner()) {
      case Inner.Fda fda -> new FusedDotAdd(fda, recipe.in());
      case Inner.Fma fma -> new LaneSum(fma.acc(), fma.lanes(), true);
      case Inner.MulAdd muladd -> new LaneSum(muladd.acc(), muladd.lanes(), false);
      case Inner.Bf16Dp pairs -> new PairDot(pairs);
      case Inner.Exact _ -> new ExactSum(new WideAccumulator(), recipe.epilogue().onlyCvt());
    };
  }

  /** The same for one row and one column. */
  default OfOutput of(double[] a, double[] b) {
    return (acc, run) -> sum(acc, a, b, run);
  }

  /** What an accumulator does with the products of one output. */
  @FunctionalInterface
  interface OfOutput {
    /** As {@link InnerSum#sum}. */
    double sum(double acc, Run run);

    /**
     * The sums of all runs, [slice][run].
     *
     * @param plan which k, and in which order
     * @param initial what the first accumulator starts with; the others start with zero
     */
    default double[][] runs(KPlan plan, double initial) {
      double[][] sums = new double[plan.slices().size()][];
      double start = initial;
      for (int slice = 0; slice < sums.length; slice++) {
        var runs = plan.slices().get(slice);
        sums[slice] = new double[runs.size()];
        for (int run = 0; run < runs.size(); run++) {
          sums[slice][run] = sum(start, runs.get(run));
          start = 0;
        }
      }
      return sums;
    }
  }

  /** {@link Inner.Exact}: no rounding before the last term. */
  record ExactSum(WideAccumulator wide, Optional<Epilogue.Cvt> cvt) implements InnerSum {
    @Override
    public double sum(double acc, double[] a, double[] b, Run run) {
      wide.clear();
      wide.add(acc);
      for (Range range : run.ranges()) {
        for (int k = range.from(); k < range.to(); k++) {
          wide.addProduct(a[k], b[k]);
        }
      }
      return cvt.map(this::rounded).orElseGet(wide::toDouble);
    }

    /** Rounded as the conversion will do it, so that the conversion itself has nothing to do. */
    private double rounded(Epilogue.Cvt into) {
      Format format = into.format();
      return switch (into.conversion()) {
        case RNE -> wide.round(format, Rounding.RNE);
        case RZ -> wide.round(format, Rounding.RZ);
        case SATFINITE -> {
          double max = format.maxFinite();
          double sum = wide.toDouble();
          yield Math.abs(sum) > max ? Math.copySign(max, sum) : wide.round(format, Rounding.RNE);
        }
      };
    }
  }

  /** {@link Inner.Bf16Dp}: two fused multiply-adds for every pair of terms. */
  record PairDot(Inner.Bf16Dp dot) implements InnerSum {
    @Override
    public double sum(double acc, double[] a, double[] b, Run run) {
      float sum = (float) acc;
      boolean oddFirst = dot.order() == Inner.Bf16Dp.Order.ODDEVEN;
      for (Range range : run.ranges()) {
        for (int k = range.from(); k < range.to(); k += 2) {
          int first = oddFirst ? k + 1 : k;
          sum = first < range.to() ? term(a[first], b[first], sum) : sum;
          int second = oddFirst ? k : k + 1;
          sum = second < range.to() ? term(a[second], b[second], sum) : sum;
        }
      }
      return sum;
    }

    private float term(double a, double b, float sum) {
      return dot.ftz()
          ? flush(Fma.of(flush((float) a), flush((float) b), flush(sum)))
          : Fma.of((float) a, (float) b, sum);
    }

    /** A subnormal number as zero of its sign. */
    private static float flush(float x) {
      return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0f, x) : x;
    }
  }
}
