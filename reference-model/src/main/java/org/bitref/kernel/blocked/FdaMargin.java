package org.bitref.kernel.blocked;

import org.bitref.recipe.Accumulator;

/**
 * How far a fused dot-add lies at most from the sum of its products in plain float32, so that a
 * float16 result can mostly be told without the fixed-point step.
 *
 * <p>A step has terms x(j)·w(j), j = 0 ... w-1, exact in a float, and an accumulator c, a float16.
 * Groups of {@value #GROUP} terms are chains of fused multiply-adds from zero; p is the sum of the
 * groups, one after another; s is p + c rounded. Three things part s from the step's sum T before
 * its rounding to float16:
 *
 * <ul>
 *   <li>The sums. The first operation of a chain, and the first group, are exact; every other loses
 *       at most 2^-24 of a sum that is at most that of the |x(j)·w(j)| in it, but for a factor (1 +
 *       2^-24)^w. Term j is the i-th of group g, and is in {@value #GROUP} - max(i, 1) such sums of
 *       its group and in G - max(g, 1) of the G groups: n(j) in all. Together that is 2^-24 times
 *       the sum of n(j)·|x(j)·w(j)|.
 *   <li>Roundings of s and of s ± slack: 2^-24 of |s| and of |s| + slack, {@link #OF_SUM}.
 *   <li>The truncation. If c has the largest exponent, or all products are zero, E is e(c) or -14,
 *       where 2^e(c) ≤ |c| &lt; 2·2^e(c), and c, a float16, loses nothing if F is at least 23; the
 *       w products lose less than 2^(E-F) each. If a product has it, 2^E is at most P(x)·P(w), the
 *       largest powers of the operands, and w + 1 terms lose less than 2^(E-F) each.
 * </ul>
 *
 * <p>By Cauchy and Schwarz, once for the sums and once for the two parts, everything that depends
 * on the operands is at most 2^-24·b(x)·b(w) with b(x)² = sum of n(j)·x(j)² + (w +
 * 1)·2^(24-F)·P(x)². {@link #bound} is b, {@link #ofAccumulator} the factor of 2^e(c). All three
 * are 2^-19 larger than that, which covers the factor above and the roundings of the slack itself.
 * Exponents below -14 are made up for by {@link #LEAST}.
 */
public final class FdaMargin {
  /** Added to every slack: w·2^(-14-F), if c is subnormal, is less. */
  public static final float LEAST = 1.125f * 0x1p-26f;

  /** Terms that are added up among themselves first. */
  public static final int GROUP = 4;

  private static final double INFLATED = 1 + 0x1p-19;

  /** What |s| adds to the slack, relative to it. */
  public static final float OF_SUM = (float) (0x1p-23 * INFLATED);

  private final int w;
  private final double ofPowers;
  private final FdaStep step;

  /** For a step that is {@link #decides certain enough}. */
  public FdaMargin(FdaStep step) {
    this.step = step;
    this.w = step.w();
    this.ofPowers = (w + 1) * Math.scalb(1.0, 24 - step.fraction());
  }

  /** True if the derivation holds, and the margin leaves few results open. */
  public static boolean decides(FdaStep step) {
    return step.acc() == Accumulator.F16RNE
        && step.fraction() >= 23
        && step.w() <= 32
        && step.leastScale() <= 0x1p-14f;
  }

  /** b of up to w operands. */
  public float bound(float[] operands, int from, int to) {
    double squares = 0;
    int bits = 0;
    for (int i = from; i < to; i++) {
      double x = operands[i];
      squares += roundings(i - from) * x * x;
      bits = Math.max(bits, Float.floatToRawIntBits(step.power(operands[i])));
    }
    double power = Float.intBitsToFloat(bits);
    return (float) (Math.sqrt(squares + ofPowers * power * power) * INFLATED);
  }

  /** What the accumulator's power adds to the slack, relative to it. */
  public float ofAccumulator() {
    return (float) (w * Math.scalb(1.0, -step.fraction()) * INFLATED);
  }

  /** n(j). */
  private int roundings(int j) {
    int groups = Math.ceilDiv(w, GROUP);
    return GROUP - Math.max(j % GROUP, 1) + groups - Math.max(j / GROUP, 1);
  }
}
