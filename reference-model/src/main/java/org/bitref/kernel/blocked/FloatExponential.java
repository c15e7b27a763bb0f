package org.bitref.kernel.blocked;

/**
 * The float32 exponential as PyTorch's CPU kernels take it: 2^q · e^s, where q is the nearest
 * integer to x / ln 2 and s the rest, by a polynomial of degree six. The result is within 1 ULP and
 * not always the nearest float.
 *
 * <p>Method and coefficients: N. Shibata, F. Petrogalli, "SLEEF: A Portable Vectorized Library of C
 * Standard Mathematical Functions", IEEE TPDS 31 (2020), and its library's expf of 1.0 ULP in the
 * variant for machines with a fused multiply-add.
 */
public final class FloatExponential {
  /** 1 / ln 2. */
  public static final float LOG2_E = 0x1.715476p0f;

  /** ln 2 in two parts, of which the first has few enough bits for exact multiples. */
  public static final float LN2_UPPER = 0x1.62e4p-1f;

  /** What the first part lacks. */
  public static final float LN2_LOWER = 0x1.7f7d1cp-20f;

  private static final float[] SERIES = {
    0x1.a057b4p-13f, 0x1.6d2d92p-10f, 0x1.11114cp-7f, 0x1.5554f4p-5f, 0x1.555556p-3f, 0x1p-1f
  };

  /** Below it the result is zero; the least subnormal is e^-103.3. */
  public static final float LEAST = -104;

  /** Above it the result is infinite: the largest float is e^88.7. */
  public static final float MOST = 104;

  /** From this power of two on the product with it is exact. */
  private static final int LEAST_NORMAL = -124;

  private FloatExponential() {}

  /** Coefficient {@code i} of six of the series of (exp(s) - 1 - s) / s², from s⁵ down. */
  public static float series(int i) {
    return SERIES[i];
  }

  /**
   * The exponential.
   *
   * @return e^x, subnormals kept
   */
  public static float exp(float x) {
    if (x < LEAST) {
      return 0;
    }
    if (x > MOST) {
      return Float.POSITIVE_INFINITY;
    }
    float q = (float) Math.rint(x * LOG2_E);
    float s = Math.fma(q, -LN2_LOWER, Math.fma(q, -LN2_UPPER, x));
    float series = SERIES[0];
    for (int i = 1; i < SERIES.length; i++) {
      series = Math.fma(series, s, SERIES[i]);
    }
    float fraction = 1 + Math.fma(s * s, series, s);
    int exponent = (int) q;
    return exponent >= LEAST_NORMAL && exponent <= Float.MAX_EXPONENT
        ? fraction * Float.intBitsToFloat((exponent + 127) << 23)
        : Math.scalb(fraction, exponent);
  }
}
