package org.bitref.kernel.blocked;

import org.bitref.kernel.spec.InnerSum;
import org.bitref.kernel.spec.KPlan;
import org.bitref.kernel.spec.OperandReader;
import org.bitref.kernel.spec.OutputTail;
import org.bitref.kernel.spec.Run;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;

/**
 * Single outputs of one product under many recipes that share operands and inner arithmetic: what
 * their accumulators hold at the end of each run. {@link OutputTail} makes results of it. Not
 * thread-safe.
 */
public final class OutputSums {
  private final OperandReader left;
  private final OperandReader right;
  private final RunSum sum;
  private final double[] a;
  private final double[] b;

  /** Sums runs of one output. */
  interface RunSum {
    /** A new output: a row of x and a row of w, rounded as the input says. */
    void operands(double[] a, double[] b);

    /** As {@link InnerSum#sum}. */
    double sum(double acc, Run run);
  }

  /**
   * @param recipe whose {@code in} and {@code inner} count
   * @param x [M, K]
   * @param w [N, K]
   */
  public OutputSums(GemmRecipe recipe, Tensor x, Tensor w) {
    this.left = OperandReader.left(x, recipe);
    this.right = OperandReader.right(w, recipe);
    this.sum = FastRunSums.of(recipe);
    this.a = new double[w.shape().intDim(1)];
    this.b = new double[a.length];
  }

  /** Turns to output (m, n). */
  public void select(int m, int n) {
    left.read((long) m * a.length, a, 0, a.length);
    right.read((long) n * b.length, b, 0, b.length);
    sum.operands(a, b);
  }

  /**
   * The sums of all runs of the selected output, [slice][run].
   *
   * @param plan which k, and in which order
   * @param initial what the first accumulator starts with
   */
  public double[][] of(KPlan plan, double initial) {
    double[][] sums = new double[plan.slices().size()][];
    double start = initial;
    for (int slice = 0; slice < sums.length; slice++) {
      var runs = plan.slices().get(slice);
      sums[slice] = new double[runs.size()];
      for (int run = 0; run < runs.size(); run++) {
        sums[slice][run] = sum.sum(start, runs.get(run));
        start = 0;
      }
    }
    return sums;
  }
}
