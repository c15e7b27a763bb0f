package org.bitref.kernel.spec;

import java.util.Arrays;
import org.bitref.kernel.spec.KPlan.Range;
import org.bitref.kernel.spec.KPlan.Run;
import org.bitref.numerics.Fma;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Lanes;

/** {@link Inner.Fma} and {@link Inner.MulAdd}: partial sums side by side, then a tree. */
final class LaneSum implements InnerSum {
  private final Arithmetic arithmetic;
  private final Lanes lanes;
  private final boolean fused;

  /** Runs of one product are mostly equally long. */
  private Dealt last = new Dealt(new int[0]);

  /** The lane of each term of a run. */
  private record Dealt(int[] lanes) {}

  LaneSum(Accumulator acc, Lanes lanes, boolean fused) {
    this.arithmetic = Arithmetic.of(acc);
    this.lanes = lanes;
    this.fused = fused;
  }

  /** The accumulator's old value is where lane 0 starts; the other lanes start at zero. */
  @Override
  public double sum(double acc, double[] a, double[] b, Run run) {
    if (arithmetic.isFloat() && areFloats(acc, a, b, run)) {
      return floats((float) acc, a, b, run);
    }
    double[] sums = new double[lanes.count()];
    sums[0] = acc;
    int[] dealt = dealt(run.length());
    double[] after = new double[2 * lanes.count()];
    int place = 0;
    int late = 0;
    for (Range range : run.ranges()) {
      for (int k = range.from(); k < range.to(); k++) {
        int lane = dealt[place++];
        if (lane < 0) {
          after[late++] = a[k];
          after[late++] = b[k];
        } else {
          sums[lane] = term(sums[lane], a[k], b[k]);
        }
      }
    }
    double sum = Fold.added(sums, Fold.order(lanes.tree()), arithmetic::add);
    for (int i = 0; i < late; i += 2) {
      sum = term(sum, after[i], after[i + 1]);
    }
    return sum;
  }

  /** The same of float operands in the JDK's own arithmetic. */
  private double floats(float acc, double[] a, double[] b, Run run) {
    int length = run.length();
    float[] left = terms(a, run, length);
    float[] right = terms(b, run, length);
    int[] dealt = dealt(length);
    float[] sums = new float[lanes.count()];
    sums[0] = acc;
    int place = inTurn(left, right, sums);
    for (; place < length && dealt[place] >= 0; place++) {
      sums[dealt[place]] = term(sums[dealt[place]], left[place], right[place]);
    }
    double[] partial = new double[sums.length];
    for (int i = 0; i < partial.length; i++) {
      partial[i] = sums[i];
    }
    float sum = (float) Fold.added(partial, Fold.order(lanes.tree()), arithmetic::add);
    for (; place < length; place++) {
      sum = term(sum, left[place], right[place]);
    }
    return sum;
  }

  /** Where lanes take one term each in turn: all full turns. Returns how many terms that was. */
  private int inTurn(float[] left, float[] right, float[] sums) {
    boolean single = lanes.order() == Lanes.Order.STRIDED && lanes.run() == 1;
    int full = single ? left.length - left.length % sums.length : 0;
    for (int place = 0; place < full; place += sums.length) {
      for (int lane = 0; lane < sums.length; lane++) {
        sums[lane] = term(sums[lane], left[place + lane], right[place + lane]);
      }
    }
    return full;
  }

  private int[] dealt(int length) {
    Dealt dealt = last;
    if (dealt.lanes.length != length) {
      int[] each = new int[length];
      Arrays.setAll(each, k -> lanes.lane(k, length));
      // Threads share it without a lock: it is whole before the record is made.
      dealt = new Dealt(each);
      last = dealt;
    }
    return dealt.lanes;
  }

  private static float[] terms(double[] values, Run run, int length) {
    float[] terms = new float[length];
    int place = 0;
    for (Range range : run.ranges()) {
      for (int k = range.from(); k < range.to(); k++) {
        terms[place++] = (float) values[k];
      }
    }
    return terms;
  }

  private float term(float sum, float a, float b) {
    return fused ? Fma.of(a, b, sum) : sum + a * b;
  }

  private static boolean areFloats(double acc, double[] a, double[] b, Run run) {
    boolean all = (float) acc == acc;
    for (Range range : run.ranges()) {
      for (int k = range.from(); k < range.to(); k++) {
        all &= (float) a[k] == a[k] && (float) b[k] == b[k];
      }
    }
    return all;
  }

  private double term(double sum, double a, double b) {
    return fused ? arithmetic.fma(a, b, sum) : arithmetic.add(sum, arithmetic.multiply(a, b));
  }
}
