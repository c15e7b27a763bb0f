package org.bitref.kernel.spec;

import org.bitref.recipe.Inner;

/** {@link Inner.Bf16Dp}: two fused multiply-adds for every pair of terms. */
final class PairDot implements InnerSum {
  private final Inner.Bf16Dp dot;

  PairDot(Inner.Bf16Dp dot) {
    this.dot = dot;
  }

  @Override
  public double sum(double acc, double[] a, double[] b, Run run) {
    float sum = (float) acc;
    boolean oddFirst = dot.order() == Inner.Bf16Dp.Order.ODDEVEN;
    for (KRange range : run.ranges()) {
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
        ? flush(Math.fma(flush((float) a), flush((float) b), flush(sum)))
        : Math.fma((float) a, (float) b, sum);
  }

  /** A subnormal number as zero of its sign. */
  static float flush(float x) {
    return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0f, x) : x;
  }
}
