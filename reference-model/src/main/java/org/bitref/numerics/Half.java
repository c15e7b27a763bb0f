package org.bitref.numerics;

/**
 * IEEE binary16: 1 sign, 5 exponent and 10 fraction bits. From and to float the JDK's {@link
 * Float#floatToFloat16} and {@link Float#float16ToFloat} are right and fast.
 */
public final class Half {
  /** What a tensor core writes for NaN; conversions on the host write 0x7E00 instead. */
  public static final short TENSOR_CORE_NAN = 0x7FFF;

  private Half() {}

  /** To nearest even in one rounding: not by way of a float, which would round twice. */
  public static short fromDouble(double x) {
    return Float.floatToFloat16((float) Format.F16.round(x, Rounding.RNE));
  }

  /** The float nearest even to {@code x} that binary16 holds; infinite from 65520 on. */
  public static float round(float x) {
    return Float.float16ToFloat(Float.floatToFloat16(x));
  }

  /** The same for a double, in one rounding; a zero has the sign of {@code x}. */
  public static double nearest(double x) {
    // The power of two whose double has just the places of the float16 next to x.
    long power = Double.doubleToRawLongBits(x) & 0x7FF0_0000_0000_0000L;
    long shift = Math.max(power, 0x3F10_0000_0000_0000L) + (42L << 52 | 1L << 51);
    double magic = Double.longBitsToDouble(shift);
    double rounded = x + magic - magic;
    return Math.abs(x) < 65520 ? Math.copySign(rounded, x) : x * Double.POSITIVE_INFINITY;
  }
}
