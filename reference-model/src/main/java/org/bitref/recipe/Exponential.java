package org.bitref.recipe;

/**
 * How e^x is taken in float32.
 *
 * <p>Worked example: e^-1 is {@code 0x3EBC5AB2} correctly rounded and by SLEEF's polynomial, and
 * {@code 0x3EBC5AB3} by CUDA, fast or not.
 */
public enum Exponential {
  /** Correctly rounded into the format of the calculation. */
  CR,
  /**
   * PyTorch on a CPU with fused multiply-adds: within 1 ULP, by a polynomial of degree six (N.
   * Shibata, F. Petrogalli, "SLEEF: A Portable Vectorized Library of C Standard Mathematical
   * Functions", IEEE TPDS 2020).
   */
  SLEEF,
  /** CUDA's {@code expf}: a product of powers of two, one of them {@code ex2.approx} of an H100. */
  CUDA,
  /**
   * CUDA's {@code expf} under {@code --use_fast_math}: {@code ex2.approx.ftz} of x times log2(e),
   * the product rounded.
   */
  FAST
}
