package org.bitref.functions;

import org.bitref.numerics.Fma;

/**
 * CUDA C++ functions on float, bit for bit, as nvcc of CUDA 13.0 compiles them for sm_90. A name
 * that ends in {@code Ftz} is the function under {@code -ftz=true}; under {@code --use_fast_math}
 * {@code expf} becomes {@link #fastExpfFtz}, {@code exp2f} {@link Sfu#ex2}, {@code rsqrtf} {@link
 * Sfu#rsqrt}, {@code sqrtf} {@link Sfu#sqrt}, {@code 1 / x} {@link Sfu#rcp} and {@code a / b}
 * {@link PtxApprox#divFtz}.
 *
 * <p>PyTorch's elementwise operations on CUDA are these: {@code torch.exp} is {@link #expf}, {@code
 * torch.exp2} {@link #exp2f}, {@code torch.rsqrt} {@link #rsqrtf}. On float16 and bfloat16 tensors
 * it widens each element to float32 and rounds the result once, to nearest even (PyTorch
 * 2.11.0+cu130 on an H100, all inputs: no difference).
 *
 * <p>Measured on an NVIDIA H100 over all 2^32 inputs of each one-argument function, 2026-11-21. NaN
 * is {@code 0x7fffffff}.
 */
public final class CudaMath {
  /** log₂ e as a float. */
  public static final float LOG2E = 0x1.715476p0f;

  /** What {@link #LOG2E} lacks. */
  public static final float LOG2E_LOW = 0x1.4ae0cp-26f;

  /** log₂ e / 252. */
  public static final float LOG2E_252TH = 0x1.77313ap-8f;

  private static final int TWO_THIRDS = 0x3F2AAAAB;
  private static final float LN2 = 0x1.62e43p-1f;

  /** Series of (ln(1 + f) - f) / f² in f, from the highest power down. */
  private static final float[] LOG_SERIES = {
    -0x1.0aa04ep-3f,
    0.1408461f,
    -0.12148628f,
    0.1398061f,
    -0.16684236f,
    0.200123f,
    -0.24999669f,
    0.33333182f,
    -0.5f
  };

  /** Series of (tanh x / x - 1) / x² in x², from the highest power down. */
  private static final float[] TANH_SERIES = {
    Float.intBitsToFloat(0x3C80F082),
    Float.intBitsToFloat(0xBD563CAE),
    Float.intBitsToFloat(0x3E085941),
    Float.intBitsToFloat(0xBEAAA9ED)
  };

  private static final float TANH_BY_EXP = 0.6f;
  private static final float TANH_IS_ONE = Float.intBitsToFloat(0x41102CB4);

  /** 2 · log₂ e as a float. */
  private static final float TWO_LOG2E = Float.intBitsToFloat(0x4038AA3B);

  private CudaMath() {}

  /**
   * {@code expf} and {@code std::exp(float)}: the exponent n = ⌊252·sat(x·log₂e/252 + 1/2)⌋ - 126,
   * then 2^(x·log₂e - n) by {@link Sfu#ex2} with log₂e in two fused steps, then one rounded
   * multiplication by 2^n. Subnormal results are kept.
   *
   * @param x the exponent
   * @return e^x
   */
  public static float expf(float x) {
    int step = (int) (saturate(Fma.of(x, LOG2E_252TH, 0.5f)) * 252.0);
    float rest = Fma.of(x, LOG2E_LOW, Fma.of(x, LOG2E, (float) (126 - step)));
    return PtxApprox.canonical(Sfu.ex2(rest) * Float.intBitsToFloat((step + 1) << 23));
  }

  /**
   * {@code expf} under {@code -ftz=true}: differs from {@link #expf} only where that one's result
   * is subnormal, and is zero there.
   *
   * @param x the exponent
   * @return e^x, never subnormal
   */
  public static float expfFtz(float x) {
    return PtxApprox.flush(expf(x));
  }

  /**
   * {@code __expf}: {@code ex2.approx(x·log₂e)}, the product rounded.
   *
   * @param x the exponent
   * @return about e^x
   */
  public static float fastExpf(float x) {
    return PtxApprox.ex2(x * LOG2E);
  }

  /**
   * {@code __expf} under {@code -ftz=true}, and {@code expf} under {@code --use_fast_math}.
   *
   * @param x the exponent
   * @return about e^x, never subnormal
   */
  public static float fastExpfFtz(float x) {
    return Sfu.ex2(x * LOG2E);
  }

  /**
   * {@code exp2f}, which is {@link PtxApprox#ex2}; under {@code -ftz=true} it is {@link Sfu#ex2}.
   *
   * @param x the exponent
   * @return 2^x
   */
  public static float exp2f(float x) {
    return PtxApprox.ex2(x);
  }

  /**
   * {@code rsqrtf}, which is {@link PtxApprox#rsqrt}; under {@code -ftz=true} it is {@link
   * Sfu#rsqrt}.
   *
   * @param x the radicand
   * @return 1/√x
   */
  public static float rsqrtf(float x) {
    return PtxApprox.rsqrt(x);
  }

  /**
   * {@code sqrtf}, {@code __fsqrt_rn}: correctly rounded.
   *
   * @param x the radicand
   * @return √x
   */
  public static float sqrtf(float x) {
    // A double's square root is correctly rounded and wide enough for the second rounding.
    return PtxApprox.canonical((float) Math.sqrt(x));
  }

  /**
   * {@code a / b}, {@code __fdiv_rn}: correctly rounded, to nearest. {@code 1 / x} and {@code
   * __frcp_rn} are {@code divide(1, x)}.
   *
   * @param a the dividend
   * @param b the divisor
   * @return a/b
   */
  public static float divide(float a, float b) {
    return PtxApprox.canonical(a / b);
  }

  /**
   * {@code __fdividef}, which is {@link PtxApprox#div}; under {@code -ftz=true} it is {@link
   * PtxApprox#divFtz}.
   *
   * @param a the dividend
   * @param b the divisor
   * @return about a/b; zero for b above 2^126
   */
  public static float fdividef(float a, float b) {
    return PtxApprox.div(a, b);
  }

  /**
   * {@code torch.sigmoid} on float32: 1 / (1 + e^-x), the division correctly rounded.
   *
   * @param x the argument
   * @return the logistic function of x
   */
  public static float sigmoid(float x) {
    return divide(1f, 1f + expf(-x));
  }

  /**
   * {@code torch.nn.functional.silu} on float32: x / (1 + e^-x), the division correctly rounded;
   * not x times the sigmoid.
   *
   * @param x the argument
   * @return x times the logistic function of x
   */
  public static float silu(float x) {
    return divide(x, 1f + expf(-x));
  }

  /**
   * {@code tanhf} and {@code std::tanh(float)}: below 0.6 an odd polynomial, above it 1 - 2 / (e^2x
   * + 1) by {@link Sfu#ex2} and {@link Sfu#rcp}, and 1 where that is nearest.
   *
   * @param x the argument
   * @return about the hyperbolic tangent of x
   */
  public static float tanhf(float x) {
    float magnitude = Math.abs(x);
    if (magnitude >= TANH_BY_EXP) {
      float power = Sfu.ex2(magnitude * TWO_LOG2E);
      float result = magnitude >= TANH_IS_ONE ? 1 : Fma.of(Sfu.rcp(power + 1), -2f, 1f);
      return Math.copySign(result, x);
    }
    float square = x * x;
    float series = TANH_SERIES[0];
    for (int i = 1; i < TANH_SERIES.length; i++) {
      series = Fma.of(series, square, TANH_SERIES[i]);
    }
    return PtxApprox.canonical(Fma.of(Fma.of(series, square, 0f), x, x));
  }

  /** To [0, 1], NaN to 0. */
  private static float saturate(float x) {
    return x > 0f ? Math.min(x, 1f) : 0f;
  }

  /**
   * {@code logf} of a normal positive number.
   *
   * @return about ln x
   */
  public static float logf(float x) {
    int bits = Float.floatToRawIntBits(x);
    int exponent = (bits - TWO_THIRDS) & 0xFF800000;
    float f = Float.intBitsToFloat(bits - exponent) - 1;
    float series = LOG_SERIES[0];
    for (int i = 1; i < LOG_SERIES.length; i++) {
      series = Fma.of(f, series, LOG_SERIES[i]);
    }
    float fraction = Fma.of(f, f * series, f);
    return Fma.of(exponent * 0x1p-23f, LN2, fraction);
  }
}
