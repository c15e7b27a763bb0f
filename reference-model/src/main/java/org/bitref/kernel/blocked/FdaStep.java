package org.bitref.kernel.blocked;

import java.util.List;
import org.bitref.numerics.Format;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Input;

/**
 * What the fast fused dot-adds have in common: a recipe's numbers, and for which operands float and
 * int arithmetic does the fixed-point step exactly.
 *
 * <p>An operand stands beside the power of two of its exponent, 0 for a zero. The largest product
 * of two powers, and of the accumulator's, is 2^E. A product p of two operands is exact in a float,
 * p·2^(F-E) is exact, too, and its conversion to int truncates toward zero as the step does. The
 * sum of w such integers fits an int (checked by {@link #fits}); the accumulator's term comes apart
 * from it.
 *
 * <p>Operands lie in [2^-48, 2^46] or are zero, so that no product overflows, 2^(F-E) is a normal
 * float, and bytes hold sums of exponents. E is taken as -100 where it is less. That changes
 * nothing: then no product of the step differs from zero, and the accumulator, a sum of multiples
 * of 2^(-96-F), keeps all its bits.
 *
 * @param w products in one step
 * @param fraction F
 * @param acc the accumulator
 * @param leastPower the power of a subnormal operand
 * @param leastScale the least 2^E: that of the recipe's floor if it is above -100
 */
public record FdaStep(int w, int fraction, Accumulator acc, float leastPower, float leastScale) {
  private static final int LEAST_EXPONENT = -100;

  /** The sum of the least two exponents, -96, must not be below that of a zero and 46. */
  public static final int BIAS = 15;

  /** Exponents of the least and the largest operand. */
  private static final int LOWEST = -48;

  private static final int HIGHEST = 46;
  private static final float LEAST = Math.scalb(1f, LOWEST);
  private static final float MOST = Math.scalb(1f, HIGHEST);
  private static final List<Format> NARROW =
      List.of(Format.F16, Format.BF16, Format.TF32, Format.E4M3, Format.E5M2);

  static FdaStep of(Inner.Fda fda, Input in) {
    int least = Math.max(fda.floor().orElse(LEAST_EXPONENT), LEAST_EXPONENT);
    return new FdaStep(
        fda.w(),
        fda.fraction(),
        fda.acc(),
        (float) Math.scalb(1.0, in.x().emin()),
        (float) Math.scalb(1.0, least));
  }

  /** True if the arithmetic described above is that of the recipe. */
  static boolean fits(Inner.Fda fda, Input in) {
    if (!NARROW.contains(in.x()) || in.x().emin() != in.w().emin()) {
      return false;
    }
    boolean plain =
        fda.kper().isIdentity() && !fda.clast() && fda.floor().orElse(LEAST_EXPONENT) <= 0;
    double largest = significand(in.x()) * significand(in.w()) * Math.scalb(1.0, fda.fraction());
    boolean sumFits = fda.w() * largest < Integer.MAX_VALUE;
    return plain
        && NARROW.contains(in.w())
        && sumFits
        && fda.fraction() >= 2
        && fda.fraction() <= 25
        && BlockedGemm.DEPTH % fda.w() == 0;
  }

  private static double significand(Format format) {
    return 2 - Math.scalb(1.0, 1 - format.precision());
  }

  /**
   * One step of one output, as it is written. Term t is a[aAt + t·aStride]·w[wAt + t·wStride].
   *
   * @return the new accumulator; NaN if the old one is not finite, which the interpreter sorts out
   */
  public float exact(
      int terms,
      float[] a,
      int aAt,
      int aStride,
      float[] w,
      int wAt,
      int wStride,
      float accumulator) {
    int top = Float.floatToRawIntBits(leastScale);
    if (accumulator != 0) {
      int own = Math.max(Math.getExponent(accumulator), acc.format().emin());
      top = Math.max(top, (own + 127) << 23);
    }
    for (int t = 0; t < terms; t++) {
      float power = power(a[aAt + t * aStride]) * power(w[wAt + t * wStride]);
      top = Math.max(top, Float.floatToRawIntBits(power));
    }
    int exponent = (top >>> 23) - 127 - fraction;
    double unit = Double.longBitsToDouble((exponent + 1023L) << 52);
    double scale = Double.longBitsToDouble((1023L - exponent) << 52);
    long sum = (long) (accumulator * scale);
    for (int t = 0; t < terms; t++) {
      double product = (double) a[aAt + t * aStride] * w[wAt + t * wStride];
      sum += (long) (product * scale);
    }
    float result = (float) (acc.round(sum * unit) + 0.0);
    return Math.abs(accumulator) <= Float.MAX_VALUE ? result : Float.NaN;
  }

  /** The power of two of an operand's exponent; 0 for zero. */
  float power(float operand) {
    int bits = Float.floatToRawIntBits(operand) & 0x7F80_0000;
    int power = Math.max(bits, Float.floatToRawIntBits(leastPower));
    return operand == 0 ? 0 : Float.intBitsToFloat(power);
  }

  /**
   * The exponent of an operand plus {@link #BIAS}; -128 for zero. Sums of two, if those below -128
   * are taken for -128, are ordered as products of powers are, and fit a byte.
   */
  public byte exponent(float operand) {
    int exponent = Math.max(Math.getExponent(operand), Math.getExponent(leastPower));
    return (byte) (operand == 0 ? Byte.MIN_VALUE : Math.clamp(exponent, LOWEST, HIGHEST) + BIAS);
  }

  static boolean handles(float[] operands, int from, int to) {
    boolean all = true;
    for (int i = from; i < to; i++) {
      float magnitude = Math.abs(operands[i]);
      all &= magnitude == 0 || (magnitude >= LEAST && magnitude <= MOST);
    }
    return all;
  }

  static boolean handlesInitial(double initial) {
    double magnitude = Math.abs(initial);
    return magnitude == 0 || (magnitude >= 0x1p-90 && magnitude <= 0x1p100);
  }
}
