package org.bitref.kernel.blocked;

import org.bitref.kernel.spec.InnerSum;
import org.bitref.kernel.spec.KRange;
import org.bitref.kernel.spec.Run;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;

/** The sums of one output's runs: fused steps and plain chains fast, all else as specified. */
final class FastRunSums {
  private FastRunSums() {}

  static OutputSums.RunSum of(GemmRecipe recipe) {
    return switch (recipe.inner()) {
      case Inner.Fda fda when FdaStep.fits(fda, recipe.in()) -> new FusedSteps(fda, recipe);
      case Inner.Fma fma when fma.acc() == Accumulator.F32RNE && fma.lanes().count() == 1 ->
          new FloatChain();
      default -> new AsSpecified(InnerSum.of(recipe));
    };
  }

  private static final class AsSpecified implements OutputSums.RunSum {
    private final InnerSum inner;
    private double[] a;
    private double[] b;

    AsSpecified(InnerSum inner) {
      this.inner = inner;
    }

    @Override
    public void operands(double[] newA, double[] newB) {
      this.a = newA;
      this.b = newB;
    }

    @Override
    public double sum(double acc, Run run) {
      return inner.sum(acc, a, b, run);
    }
  }

  private static final class FloatChain implements OutputSums.RunSum {
    private float[] a = {};
    private float[] b = {};

    @Override
    public void operands(double[] newA, double[] newB) {
      a = floats(newA, a);
      b = floats(newB, b);
    }

    private static float[] floats(double[] values, float[] old) {
      float[] floats = old.length == values.length ? old : new float[values.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) values[i];
      }
      return floats;
    }

    @Override
    public double sum(double acc, Run run) {
      float sum = (float) acc;
      for (KRange range : run.ranges()) {
        for (int k = range.from(); k < range.to(); k++) {
          sum = Math.fma(a[k], b[k], sum);
        }
      }
      return sum;
    }
  }

  /**
   * Steps of w terms. Of every term the product, which is exact in a double, and its exponent are
   * made once for all runs. Operands that are not finite are left to the specification.
   */
  private static final class FusedSteps implements OutputSums.RunSum {
    /** Below the exponent of every product that is not zero. */
    private static final int NONE = -1000;

    private final Inner.Fda fda;
    private final InnerSum specified;
    private final int leastA;
    private final int leastB;
    private final int leastAcc;
    private final int floor;
    private double[] a;
    private double[] b;
    private double[] products = {};
    private int[] exponents = {};
    private boolean finite;

    FusedSteps(Inner.Fda fda, GemmRecipe recipe) {
      this.fda = fda;
      this.specified = InnerSum.of(recipe);
      this.leastA = recipe.in().x().emin();
      this.leastB = recipe.in().w().emin();
      this.leastAcc = fda.acc().format().emin();
      this.floor = fda.floor().orElse(NONE);
    }

    @Override
    public void operands(double[] newA, double[] newB) {
      a = newA;
      b = newB;
      if (products.length != a.length) {
        products = new double[a.length];
        exponents = new int[a.length];
      }
      double largest = 0;
      for (int k = 0; k < a.length; k++) {
        products[k] = a[k] * b[k];
        largest = Math.max(largest, Math.abs(products[k]));
        int exponent =
            Math.max(Math.getExponent(a[k]), leastA) + Math.max(Math.getExponent(b[k]), leastB);
        exponents[k] = products[k] == 0 ? NONE : exponent;
      }
      finite = largest <= Double.MAX_VALUE;
    }

    @Override
    public double sum(double acc, Run run) {
      double sum = acc;
      for (KRange range : run.ranges()) {
        for (int k = range.from(); finite && k < range.to(); k += fda.w()) {
          sum = step(sum, k, Math.min(range.to(), k + fda.w()));
        }
      }
      return finite && Double.isFinite(sum) ? sum : specified.sum(acc, a, b, run);
    }

    private double step(double acc, int from, int to) {
      int largest = acc == 0 ? NONE : Math.max(Math.getExponent(acc), leastAcc);
      for (int k = from; k < to; k++) {
        largest = Math.max(largest, exponents[k]);
      }
      if (largest == NONE) {
        return 0;
      }
      int unit = Math.max(largest, floor) - fda.fraction();
      double scale = power(-unit);
      long sum = (long) (acc * scale);
      for (int k = from; k < to; k++) {
        sum += (long) (products[k] * scale);
      }
      return rounded(sum * power(unit)) + 0.0;
    }

    /** What {@link Accumulator#round} gives, for the two that matter without its generality. */
    private double rounded(double exact) {
      int exponent = Math.getExponent(exact);
      boolean ordinary = exponent >= leastAcc && exponent < fda.acc().format().emax();
      if (ordinary && fda.acc() == Accumulator.F32RZ) {
        return Double.longBitsToDouble(Double.doubleToRawLongBits(exact) & -1L << 29);
      }
      if (ordinary && fda.acc() == Accumulator.F16RNE) {
        // 1.5 times 2^52 units: adding it rounds to whole units, to nearest even.
        double magic = 1.5 * power(exponent - 10 + 52);
        return exact + magic - magic;
      }
      return fda.acc().round(exact);
    }

    /** 2^exponent, which for these formats lies far inside the range of a double. */
    private static double power(int exponent) {
      return Double.longBitsToDouble((long) (exponent + 1023) << 52);
    }
  }
}
