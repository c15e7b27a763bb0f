package org.bitref.functions;

/**
 * PTX's approximate instructions that keep subnormals ({@code .approx.f32} without {@code .ftz}),
 * and its approximate divisions. The assembler wraps the instructions of {@link Sfu} in exact
 * scalings by powers of two; the results here are bit for bit those of an NVIDIA H100 (CUDA 13.0,
 * 2026-11-21): one-argument functions over all 2^32 inputs, divisions over 2^32 pairs. NaN is
 * {@code 0x7fffffff}.
 */
public final class PtxApprox {
  static final float NAN = Float.intBitsToFloat(0x7fffffff);

  private static final float SCALE_UP = 0x1p24f;

  private PtxApprox() {}

  /**
   * {@code ex2.approx.f32}: 2^x. Below -126 it is the square of 2^(x/2), rounded to nearest, so
   * subnormal results exist.
   *
   * @param x the exponent
   * @return 2^x
   */
  public static float ex2(float x) {
    if (x < -126f) {
      float root = Sfu.ex2(x * 0.5f);
      return root * root;
    }
    return Sfu.ex2(x);
  }

  /**
   * {@code rcp.approx.f32}: 1/x, where subnormal inputs and results are scaled.
   *
   * @param x the divisor
   * @return 1/x
   */
  public static float rcp(float x) {
    float magnitude = Math.abs(x);
    if (magnitude < Float.MIN_NORMAL) {
      return Sfu.rcp(x * SCALE_UP) * SCALE_UP;
    }
    return magnitude > 0x1p126f ? canonical(Sfu.rcp(x * 0.25f) * 0.25f) : Sfu.rcp(x);
  }

  /**
   * {@code rsqrt.approx.f32}: 1/√x, where subnormal inputs are scaled.
   *
   * @param x the radicand
   * @return 1/√x
   */
  public static float rsqrt(float x) {
    return Math.abs(x) < Float.MIN_NORMAL
        ? canonical(Sfu.rsqrt(x * SCALE_UP) * 0x1p12f)
        : Sfu.rsqrt(x);
  }

  /**
   * {@code sqrt.approx.f32}: √x, where subnormal inputs are scaled.
   *
   * @param x the radicand
   * @return √x
   */
  public static float sqrt(float x) {
    return Math.abs(x) < Float.MIN_NORMAL
        ? canonical(Sfu.sqrt(x * SCALE_UP) * 0x1p-12f)
        : Sfu.sqrt(x);
  }

  /**
   * {@code lg2.approx.f32}: log₂ x, where subnormal inputs are scaled.
   *
   * @param x the argument
   * @return log₂ x
   */
  public static float lg2(float x) {
    return Math.abs(x) < Float.MIN_NORMAL ? canonical(Sfu.lg2(x * SCALE_UP) - 24f) : Sfu.lg2(x);
  }

  /**
   * {@code div.approx.f32}: a times the reciprocal of b, rounded to nearest. Both are scaled where
   * b is subnormal, but not where b is large: above 2^126 the reciprocal is zero.
   *
   * @param a the dividend
   * @param b the divisor
   * @return about a/b
   */
  public static float div(float a, float b) {
    if (Math.abs(b) < Float.MIN_NORMAL) {
      return canonical(a * SCALE_UP * Sfu.rcp(b * SCALE_UP));
    }
    return canonical(a * Sfu.rcp(b));
  }

  /**
   * {@code div.approx.ftz.f32}, which is {@code a / b} under {@code --use_fast_math}.
   *
   * @param a the dividend
   * @param b the divisor
   * @return about a/b, never subnormal
   */
  public static float divFtz(float a, float b) {
    return multiplyFtz(flush(a), Sfu.rcp(b));
  }

  /**
   * {@code div.full.f32}, which is {@code a / b} under {@code -prec-div=false}: as {@link #div},
   * but both are also scaled where b is above 2^126.
   *
   * @param a the dividend
   * @param b the divisor
   * @return about a/b
   */
  public static float divFull(float a, float b) {
    return Math.abs(b) > 0x1p126f ? canonical(a * 0.25f * Sfu.rcp(b * 0.25f)) : div(a, b);
  }

  /**
   * {@code div.full.ftz.f32}.
   *
   * @param a the dividend
   * @param b the divisor
   * @return about a/b, never subnormal
   */
  public static float divFullFtz(float a, float b) {
    return Math.abs(b) > 0x1p126f ? divFtz(multiplyFtz(flush(a), 0.25f), b * 0.25f) : divFtz(a, b);
  }

  /**
   * {@code mul.ftz.f32} of factors that are not subnormal. What is flushed is decided before
   * rounding: a product just below 2^-126 becomes zero even where rounding would reach 2^-126.
   */
  static float multiplyFtz(float a, float b) {
    double product = (double) a * b;
    return Math.abs(product) < Float.MIN_NORMAL
        ? (float) (product * 0.0)
        : canonical((float) product);
  }

  /** A subnormal as zero of its sign. */
  static float flush(float x) {
    return Math.abs(x) < Float.MIN_NORMAL ? x * 0f : x;
  }

  /** NaN as the one NaN the GPU makes. */
  static float canonical(float x) {
    return Float.isNaN(x) ? NAN : x;
  }
}
