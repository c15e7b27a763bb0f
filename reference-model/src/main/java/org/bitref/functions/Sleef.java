package org.bitref.functions;

import org.bitref.numerics.Fma;

/**
 * The float32 exponential and power as PyTorch's CPU kernels take them. Results are within 1 ULP
 * and not always the nearest float.
 *
 * <p>Method and coefficients: N. Shibata, F. Petrogalli, "SLEEF: A Portable Vectorized Library of C
 * Standard Mathematical Functions", IEEE TPDS 31 (2020), and its library's expf and powf of 1.0 ULP
 * in the variant for machines with a fused multiply-add.
 */
public final class Sleef {
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

  /** Odd series of log((1 + t) / (1 - t)) in t, from t⁹ down to t⁵. */
  private static final float[] LOG = {0x1.ec2d14p-3f, 0x1.23f494p-2f, 0x1.999bb2p-2f};

  /** Its coefficient of t³: about 2/3. */
  private static final Pair LOG_CUBE = new Pair(0x1.555554p-1f, 0x1.fb6706p-29f);

  private static final Pair LN2 = new Pair(0x1.62e43p-1f, -0x1.05c61p-29f);

  /** Series of (exp(r) - 1 - r) / r² in r, from r⁴ down. */
  private static final float[] PAIR_SERIES = {
    0x1.655decp-10f, 0x1.1222d6p-7f, 0x1.555e98p-5f, 0x1.5554bcp-3f, 0x1.fffff6p-2f
  };

  private Sleef() {}

  /** Coefficient {@code i} of six of the series of (exp(s) - 1 - s) / s², from s⁵ down. */
  public static float series(int i) {
    return SERIES[i];
  }

  /**
   * The exponential: 2^q · e^s, where q is the nearest integer to x / ln 2 and s the rest, by a
   * polynomial of degree six.
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
    float s = Fma.of(q, -LN2_LOWER, Fma.of(q, -LN2_UPPER, x));
    float fraction = 1 + Fma.of(s * s, horner(SERIES, s), s);
    int exponent = (int) q;
    return exponent >= LEAST_NORMAL && exponent <= Float.MAX_EXPONENT
        ? fraction * Float.intBitsToFloat((exponent + 127) << 23)
        : Math.scalb(fraction, exponent);
  }

  /**
   * {@code base} to the power {@code exponent}: exp(y · log x), with the logarithm, the product and
   * the exponential's argument carried as unevaluated sums of two floats.
   *
   * @param base above zero and not subnormal
   * @param exponent such that the result is a normal float
   */
  public static float pow(float base, float exponent) {
    return exp(log(base).times(exponent));
  }

  /** The logarithm of m · 2^e with m in [3/4, 3/2): e · ln 2 + 2 artanh((m - 1) / (m + 1)). */
  private static Pair log(float x) {
    int e = Math.getExponent(x * (1 / 0.75f));
    float m = Math.scalb(x, -e);
    Pair t = Pair.sum(m, -1).over(Pair.sum(m, 1));
    Pair square = t.square();
    Pair series = square.times(horner(LOG, square.high)).plus(LOG_CUBE);
    Pair cube = square.times(t);
    return LN2.times(e).under(new Pair(2 * t.high, 2 * t.low)).under(cube.times(series));
  }

  /** The exponential of a pair, added up to one float. */
  private static float exp(Pair d) {
    float n = (float) Math.rint((d.high + d.low) * LOG2_E);
    Pair r = d.plus(n * -LN2_UPPER).plus(n * -LN2_LOWER).normal();
    Pair tail = r.under(r.square().times(horner(PAIR_SERIES, r.high)));
    Pair one = new Pair(1, 0).under(tail);
    return Math.scalb(one.high + one.low, (int) n);
  }

  /** Series of (exp(r) - 1 - r - r²/2 - r³/6) / r⁴ in r, from r³ down. */
  private static final float[] LONG_SERIES = {
    0x1.9f6ffep-13f, 0x1.6d7ef8p-10f, 0x1.11121ap-7f, 0x1.5554b8p-5f
  };

  /** Above it the hyperbolic tangent is 1. */
  private static final float TANH_IS_ONE = 0x1.154246p+3f;

  /**
   * The hyperbolic tangent: (e^x - e^-x) / (e^x + e^-x) with both exponentials, the sums and the
   * quotient carried as unevaluated sums of two floats.
   */
  public static float tanh(float x) {
    if (Math.abs(x) > TANH_IS_ONE) {
      return Math.copySign(1, x);
    }
    Pair e = expPair(new Pair(Math.abs(x), 0));
    Pair inverse = e.reciprocal();
    Pair quotient = e.under(inverse.negated()).over(e.under(inverse));
    return Math.copySign(quotient.high + quotient.low, x);
  }

  /** The exponential of a pair as a pair. */
  private static Pair expPair(Pair d) {
    int n = (int) Math.rint((d.high + d.low) * LOG2_E);
    Pair s = d.plus(n * -LN2_UPPER).plus(n * -LN2_LOWER);
    float u = horner(LONG_SERIES, s.high);
    Pair t = s.times(u).plus(0x1.555554p-3f);
    t = s.times(t).plus(0.5f);
    t = s.plus(s.square().times(t));
    t = new Pair(1, 0).under(t);
    return new Pair(Math.scalb(t.high, n), Math.scalb(t.low, n));
  }

  private static float horner(float[] coefficients, float x) {
    float sum = coefficients[0];
    for (int i = 1; i < coefficients.length; i++) {
      sum = Fma.of(sum, x, coefficients[i]);
    }
    return sum;
  }

  /** The number high + low, where low is about an ULP of high or less. */
  private record Pair(float high, float low) {
    /** a + b without error. */
    static Pair sum(float a, float b) {
      float s = a + b;
      float v = s - a;
      return new Pair(s, (a - (s - v)) + (b - v));
    }

    Pair plus(float b) {
      Pair s = sum(high, b);
      return new Pair(s.high, s.low + low);
    }

    Pair plus(Pair b) {
      Pair s = sum(high, b.high);
      return new Pair(s.high, s.low + (low + b.low));
    }

    /** The sum with a pair that is not larger than this one: a cheaper one. */
    Pair under(Pair b) {
      float s = high + b.high;
      return new Pair(s, high - s + b.high + low + b.low);
    }

    Pair times(float b) {
      float p = high * b;
      return new Pair(p, Fma.of(low, b, Fma.of(high, b, -p)));
    }

    Pair times(Pair b) {
      float p = high * b.high;
      float error = Fma.of(high, b.high, -p);
      return new Pair(p, Fma.of(high, b.low, Fma.of(low, b.high, error)));
    }

    Pair square() {
      float p = high * high;
      return new Pair(p, Fma.of(high + high, low, Fma.of(high, high, -p)));
    }

    Pair negated() {
      return new Pair(-high, -low);
    }

    Pair reciprocal() {
      float inverse = 1 / high;
      float error = Fma.of(-low, inverse, Fma.of(-high, inverse, 1));
      return new Pair(inverse, inverse * error);
    }

    Pair over(Pair b) {
      float inverse = 1 / b.high;
      float q = high * inverse;
      float error = Fma.of(inverse, high, -q);
      float correction = Fma.of(-b.low, inverse, Fma.of(-b.high, inverse, 1));
      return new Pair(q, Fma.of(q, correction, Fma.of(low, inverse, error)));
    }

    /** The same number, its parts not overlapping. */
    Pair normal() {
      float s = high + low;
      return new Pair(s, high - s + low);
    }
  }
}
