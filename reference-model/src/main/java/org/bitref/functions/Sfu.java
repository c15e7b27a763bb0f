package org.bitref.functions;

/**
 * The special-function instructions of an NVIDIA GPU (MUFU), which are PTX's {@code
 * .approx.ftz.f32}: results bit for bit.
 *
 * <p>Each is a table of quadratics in fixed point. Subnormal inputs count as zero of their sign,
 * subnormal results become zero, and every NaN is {@code 0x7fffffff}. The results are not correctly
 * rounded. Measured on an NVIDIA H100 (CUDA 13.0, driver 580.159.04, 2026-11-21) over all 2^32
 * inputs of each function.
 */
public final class Sfu {
  private static final Quadratic EX2 = SfuTables.get("ex2");
  private static final Quadratic RCP = SfuTables.get("rcp");
  private static final Quadratic RSQRT = SfuTables.get("rsqrt");
  private static final Quadratic LG2 = SfuTables.get("lg2");
  private static final Quadratic SQRT = SfuTables.get("sqrt");

  private static final float NAN = Float.intBitsToFloat(0x7fffffff);
  private static final int SIGN = 0x80000000;
  private static final int INFINITY = 0x7f800000;
  private static final int FRACTION = 0x007fffff;
  private static final int HIDDEN = 0x00800000;

  private Sfu() {}

  /**
   * {@code ex2.approx.ftz.f32}: 2^x, within 1 unit in the last place of the correctly rounded value
   * on [1, 2).
   *
   * <p>The argument's magnitude is cut (not rounded) to 23 bits after the point. A negative one
   * with a fraction is then inverted bit for bit instead of negated, so the argument used is 2^-23
   * lower than the cut one. Magnitudes of 128 and more, subnormals, zeros, infinities and NaN are
   * as one expects: infinity or +0, 1, 1, infinity or +0, NaN.
   *
   * @param x the exponent
   * @return 2^x, never subnormal
   */
  public static float ex2(float x) {
    int bits = Float.floatToRawIntBits(x);
    int exponent = (bits >>> 23) & 255;
    if (exponent >= 127 + 7) {
      return Float.isNaN(x) ? NAN : bits < 0 ? 0f : Float.POSITIVE_INFINITY;
    }
    int magnitude = (bits & FRACTION) | HIDDEN;
    int shift = exponent - 127;
    int fixed = shift >= 0 ? magnitude << shift : magnitude >>> Math.min(-shift, 31);
    if (bits < 0) {
      fixed = (fixed & FRACTION) != 0 ? ~fixed : -fixed;
    }
    int result = (((fixed >> 23) + 126) << 23) + (int) EX2.at(fixed & FRACTION);
    return result < HIDDEN ? 0f : Float.intBitsToFloat(result);
  }

  /**
   * The table of {@link #ex2}, for kernels that take many at once: where the fraction's 23 bits are
   * a segment's number i and then 17 bits x, the result's significand is {@code (c0[i] + c1[i] · x
   * + c2[i] · square(x)) >> 15}.
   *
   * @return 64 segments of c0, c1 and c2; {@code square} is about x² / 2^19, the unit's own
   */
  public static long[][] ex2Segments() {
    return EX2.segments();
  }

  /**
   * {@code rcp.approx.ftz.f32}: 1/x, within 1 unit in the last place of the correctly rounded
   * value. Zeros and subnormals give an infinity, magnitudes above 2^126 and infinities a zero,
   * each with x's sign.
   *
   * @param x the divisor
   * @return 1/x, never subnormal
   */
  public static float rcp(float x) {
    int bits = Float.floatToRawIntBits(x);
    int sign = bits & SIGN;
    int exponent = (bits >>> 23) & 255;
    if (exponent == 0) {
      return Float.intBitsToFloat(sign | INFINITY);
    }
    if (exponent == 255) {
      return Float.isNaN(x) ? NAN : Float.intBitsToFloat(sign);
    }
    int result = ((252 - exponent) << 23) + (int) RCP.at(bits & FRACTION);
    return Float.intBitsToFloat(result < HIDDEN ? sign : sign | result);
  }

  /**
   * {@code rsqrt.approx.ftz.f32}: 1/√x, within 2 units in the last place of the correctly rounded
   * value. Zeros and subnormals of either sign give an infinity of that sign, other negative inputs
   * NaN.
   *
   * @param x the radicand
   * @return 1/√x
   */
  public static float rsqrt(float x) {
    int bits = Float.floatToRawIntBits(x);
    int exponent = (bits >>> 23) & 255;
    if (exponent == 0) {
      return Float.intBitsToFloat((bits & SIGN) | INFINITY);
    }
    if (bits < 0 || exponent == 255) {
      return bits == INFINITY ? 0f : NAN;
    }
    int half = (exponent - 127) >> 1;
    int fraction = twoBinades(bits, exponent);
    // The table itself would give 1 - 2^-24 here.
    long significand = fraction == 0 ? 2L * HIDDEN : RSQRT.at(fraction);
    return Float.intBitsToFloat(((125 - half) << 23) + (int) significand);
  }

  /**
   * {@code sqrt.approx.ftz.f32}: √x, within 1 unit in the last place of the correctly rounded
   * value. Zeros and subnormals give a zero of their sign, other negative inputs NaN.
   *
   * @param x the radicand
   * @return √x
   */
  public static float sqrt(float x) {
    int bits = Float.floatToRawIntBits(x);
    int exponent = (bits >>> 23) & 255;
    if (exponent == 0) {
      return Float.intBitsToFloat(bits & SIGN);
    }
    if (bits < 0 || exponent == 255) {
      return bits == INFINITY ? x : NAN;
    }
    int half = (exponent - 127) >> 1;
    long significand = SQRT.at(twoBinades(bits, exponent));
    return Float.intBitsToFloat(((126 + half) << 23) + (int) significand);
  }

  /**
   * {@code lg2.approx.ftz.f32}: log₂ x, a fixed-point value with 36 bits after the point, cut to 24
   * significant bits. Its error is bounded absolutely, so near 1 not relatively. Zeros and
   * subnormals of either sign give -infinity, other negative inputs NaN.
   *
   * @param x the argument
   * @return log₂ x
   */
  public static float lg2(float x) {
    int bits = Float.floatToRawIntBits(x);
    int exponent = (bits >>> 23) & 255;
    if (exponent == 0) {
      return Float.NEGATIVE_INFINITY;
    }
    if (bits < 0 || exponent == 255) {
      return bits == INFINITY ? x : NAN;
    }
    if (bits == Float.floatToRawIntBits(1f)) {
      return 0f;
    }
    long fixed = ((long) (exponent - 127) << 36) + LG2.at(bits & FRACTION);
    int sign = 0;
    if (fixed < 0) {
      sign = SIGN;
      fixed = ~fixed;
    }
    if (fixed == 0) {
      return 0f;
    }
    int top = 63 - Long.numberOfLeadingZeros(fixed);
    int significand = (int) (top >= 23 ? fixed >> (top - 23) : fixed << (23 - top));
    return Float.intBitsToFloat(sign | ((top - 36 + 126) << 23) + significand);
  }

  /** The fraction over [1, 4): the exponent's parity above the 23 bits. */
  private static int twoBinades(int bits, int exponent) {
    return ((exponent & 1) ^ 1) << 23 | (bits & FRACTION);
  }
}
