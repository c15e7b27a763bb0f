package org.bitref.numerics;

/** The two 8-bit formats of the OCP specification: E4M3 (no infinities) and E5M2. */
public final class Float8 {
  private static final float[] E4M3 = new float[256];

  static {
    for (int bits = 0; bits < 256; bits++) {
      int exponent = bits >> 3 & 15;
      int fraction = bits & 7;
      double magnitude =
          exponent == 0
              ? Math.scalb((double) fraction, -9)
              : Math.scalb(8.0 + fraction, exponent - 10);
      float value = (bits & 0x7F) == 0x7F ? Float.NaN : (float) magnitude;
      E4M3[bits] = (bits & 0x80) == 0 ? value : -value;
    }
  }

  private Float8() {}

  /** Exact. */
  public static float e4m3ToFloat(byte bits) {
    return E4M3[bits & 0xFF];
  }

  /** Exact: an E5M2 word is the upper byte of a binary16. */
  public static float e5m2ToFloat(byte bits) {
    return Float.float16ToFloat((short) (bits << 8));
  }

  /** To nearest even; above 464 NaN, for there is no infinity. */
  public static byte e4m3FromDouble(double x) {
    double rounded = Format.E4M3.round(x, Rounding.RNE);
    int sign = Double.doubleToRawLongBits(x) < 0 ? 0x80 : 0;
    if (Double.isNaN(rounded)) {
      return (byte) (sign | 0x7F);
    }
    double magnitude = Math.abs(rounded);
    int exponent = Math.max(Math.getExponent(magnitude), -6);
    int significand = (int) Math.scalb(magnitude, 3 - exponent);
    // A subnormal has significand < 8 at exponent -6; adding then leaves the exponent field at 0.
    return (byte) (sign | ((exponent + 6) * 8 + significand));
  }

  /** To nearest even; infinite from 61440 on. */
  public static byte e5m2FromDouble(double x) {
    if (Double.isNaN(x)) {
      return (byte) (0x7F | (Double.doubleToRawLongBits(x) < 0 ? 0x80 : 0));
    }
    // An E5M2 value is a binary16 value, so the second conversion is exact.
    return (byte) (Half.fromDouble(Format.E5M2.round(x, Rounding.RNE)) >> 8);
  }
}
