package org.bitref.kernel.blocked;

import org.bitref.kernel.spec.InnerSum;
import org.bitref.kernel.spec.KPlan;
import org.bitref.kernel.spec.KPlan.Range;
import org.bitref.kernel.spec.KPlan.Run;
import org.bitref.kernel.spec.OperandReader;
import org.bitref.numerics.Fma;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.tensor.Tensor;

/**
 * Single outputs of one product under many recipes that share operands and inner arithmetic: what
 * their accumulators hold at the end of each run, fused steps and plain chains fast, all else as
 * specified. {@link org.bitref.kernel.spec.OutputTail} makes results of it. Not thread-safe.
 */
public final class OutputSums {
  private final GemmRecipe recipe;
  private final OperandReader left;
  private final OperandReader right;
  private final InnerSum specified;
  private final double[] a;
  private final double[] b;
  private InnerSum.OfOutput sum;

  /**
   * Turned to output (0, 0).
   *
   * @param recipe whose {@code in} and {@code inner} count
   * @param x [M, K]
   * @param w [N, K]
   */
  public OutputSums(GemmRecipe recipe, Tensor x, Tensor w) {
    this.recipe = recipe;
    this.left = OperandReader.left(x, recipe);
    this.right = OperandReader.right(w, recipe);
    this.specified = InnerSum.of(recipe);
    this.a = new double[w.shape().intDim(1)];
    this.b = new double[a.length];
    this.sum = specified.of(a, b);
  }

  /** Turns to output (m, n). */
  public void select(int m, int n) {
    left.read((long) m * a.length, a, 0, a.length);
    right.read((long) n * b.length, b, 0, b.length);
    sum =
        switch (recipe.inner()) {
          case Inner.Fda fda when FdaStep.fits(fda, recipe.in()) ->
              new FusedSteps(fda, recipe, a, b, specified.of(a, b));
          case Inner.Fma fma when fma.acc() == Accumulator.F32RNE && fma.lanes().count() == 1 ->
              new FloatChain(floats(a), floats(b));
          default -> specified.of(a, b);
        };
  }

  /**
   * The sums of all runs of the selected output, [slice][run].
   *
   * @param plan which k, and in which order
   * @param initial what the first accumulator starts with
   */
  public double[][] of(KPlan plan, double initial) {
    return sum.runs(plan, initial);
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private record FloatChain(float[] a, float[] b) implements InnerSum.OfOutput {
    @Override
    public double sum(double acc, Run run) {
      float sum = (float) acc;
      for (Range range : run.ranges()) {
        for (int k = range.from(); k < range.to(); k++) {
          sum = Fma.of(a[k], b[k], sum);
        }
      }
      return sum;
    }
  }

  /**
   * Steps of w terms. Of every term the product, which is exact in a double, and its exponent are
   * made once for all runs. Operands that are not finite are left to the specification.
   */
  private static final class FusedSteps implements InnerSum.OfOutput {
    /** Below the exponent of every product that is not zero. */
    private static final int NONE = -1000;

    private final Inner.Fda fda;
    private final InnerSum.OfOutput specified;
    private final int leastAcc;
    private final int floor;
    private final double[] products;
    private final int[] exponents;
    private final boolean finite;

    FusedSteps(
        Inner.Fda fda, GemmRecipe recipe, double[] a, double[] b, InnerSum.OfOutput specified) {
      this.fda = fda;
      this.specified = specified;
      this.leastAcc = fda.acc().format().emin();
      this.floor = fda.floor().orElse(NONE);
      this.products = new double[a.length];
      this.exponents = new int[a.length];
      int leastA = recipe.in().x().emin();
      int leastB = recipe.in().w().emin();
      double largest = 0;
      for (int k = 0; k < a.length; k++) {
        products[k] = a[k] * b[k];
        largest = Math.max(largest, Math.abs(products[k]));
        int exponent =
            Math.max(Math.getExponent(a[k]), leastA) + Math.max(Math.getExponent(b[k]), leastB);
        exponents[k] = products[k] == 0 ? NONE : exponent;
      }
      this.finite = largest <= Double.MAX_VALUE;
    }

    @Override
    public double sum(double acc, Run run) {
      double sum = acc;
      for (Range range : run.ranges()) {
        for (int k = range.from(); finite && k < range.to(); k += fda.w()) {
          sum = step(sum, k, Math.min(range.to(), k + fda.w()));
        }
      }
      return finite && Double.isFinite(sum) ? sum : specified.sum(acc, run);
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

    /** What {@link Accumulator#round} gives, for those that matter without its generality. */
    private double rounded(double exact) {
      int exponent = Math.getExponent(exact);
      boolean ordinary = exponent >= leastAcc && exponent < fda.acc().format().emax();
      if (ordinary && fda.acc() == Accumulator.F32RZ) {
        return Double.longBitsToDouble(Double.doubleToRawLongBits(exact) & -1L << 29);
      }
      if (ordinary && fda.acc() == Accumulator.F32RNE) {
        return (float) exact;
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
