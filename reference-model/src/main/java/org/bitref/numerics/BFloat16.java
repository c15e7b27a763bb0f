package org.bitref.numerics;

/** The upper half of a float: 1 sign, 8 exponent and 7 fraction bits. */
public final class BFloat16 {
  private static final short NAN = (short) 0x7FC0;

  private BFloat16() {}

  /** Exact. */
  public static float toFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** To nearest even. Every NaN becomes 0x7FC0 with the sign kept. */
  public static short fromFloat(float x) {
    int bits = Float.floatToRawIntBits(x);
    if (Float.isNaN(x)) {
      return (short) (NAN | ((bits >>> 16) & 0x8000));
    }
    return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
  }

  /** To nearest even in one rounding: not by way of a float, which would round twice. */
  public static short fromDouble(double x) {
    return fromFloat((float) Format.BF16.round(x, Rounding.RNE));
  }
}
