package org.bitref.kernel.spec;

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

  LaneSum(Accumulator acc, Lanes lanes, boolean fused) {
    this.arithmetic = Arithmetic.of(acc);
    this.lanes = lanes;
    this.fused = fused;
  }

  /** The accumulator's old value is where lane 0 starts; the other lanes start at zero. */
  @Override
  public double sum(double acc, double[] a, double[] b, Run run) {
    if (arithmetic.isFloat() && lanes.order() == Lanes.Order.STRIDED && areFloats(acc, a, b, run)) {
      return floats((float) acc, a, b, run);
    }
    double[] sums = new double[lanes.count()];
    sums[0] = acc;
    int length = run.length();
    int full = length - length % lanes.count();
    int blockLength = Math.max(1, (length + lanes.count() - 1) / lanes.count());
    double[] after = new double[2 * (length - full)];
    int place = 0;
    for (Range range : run.ranges()) {
      for (int k = range.from(); k < range.to(); k++, place++) {
        if (place >= full && lanes.tail() == Lanes.Tail.AFTER) {
          after[2 * (place - full)] = a[k];
          after[2 * (place - full) + 1] = b[k];
          continue;
        }
        int lane = lane(place, full, blockLength);
        sums[lane] = term(sums[lane], a[k], b[k]);
      }
    }
    double sum = Fold.added(sums, Fold.order(lanes.tree()), arithmetic::add);
    if (lanes.tail() == Lanes.Tail.AFTER) {
      for (int i = 0; i < after.length; i += 2) {
        sum = term(sum, after[i], after[i + 1]);
      }
    }
    return sum;
  }

  /** The same of float operands in the JDK's own arithmetic. */
  private double floats(float acc, double[] a, double[] b, Run run) {
    int count = lanes.count();
    int length = run.length();
    float[] left = terms(a, run, length);
    float[] right = terms(b, run, length);
    int full = length - length % count;
    float[] sums = new float[count];
    sums[0] = acc;
    for (int place = 0; place < full; place += count) {
      for (int lane = 0; lane < count; lane++) {
        sums[lane] = term(sums[lane], left[place + lane], right[place + lane]);
      }
    }
    boolean after = lanes.tail() == Lanes.Tail.AFTER;
    for (int place = full; place < length && !after; place++) {
      int lane = lane(place, full, 1);
      sums[lane] = term(sums[lane], left[place], right[place]);
    }
    double[] partial = new double[count];
    for (int i = 0; i < count; i++) {
      partial[i] = sums[i];
    }
    float sum = (float) Fold.added(partial, Fold.order(lanes.tree()), arithmetic::add);
    for (int place = full; place < length && after; place++) {
      sum = term(sum, left[place], right[place]);
    }
    return sum;
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

  private int lane(int place, int full, int blockLength) {
    if (lanes.order() == Lanes.Order.BLOCKED) {
      return place / blockLength;
    }
    return place >= full && lanes.tail() == Lanes.Tail.FIRST ? 0 : place % lanes.count();
  }

  private double term(double sum, double a, double b) {
    return fused ? arithmetic.fma(a, b, sum) : arithmetic.add(sum, arithmetic.multiply(a, b));
  }
}
