package org.bitref.kernel;

import org.bitref.tensor.Tensor;

/**
 * What a matrix product takes besides its two factors.
 *
 * @param c [M, N] or null: what the accumulators start with; if the epilogue has a step {@code
 *     fma(alpha,acc,beta*C)} it is the C of that step instead
 * @param bias [N] or null
 * @param residual [M, N] or null
 * @param alpha the factor of {@code mul(alpha,...)} and {@code fma(alpha,acc,beta*C)}
 * @param beta the factor of C
 */
public record GemmOperands(Tensor c, Tensor bias, Tensor residual, float alpha, float beta) {
  /** Nothing: accumulators start at zero, alpha is 1 and beta is 0. */
  public static final GemmOperands NONE = new GemmOperands(null, null, null, 1, 0);

  /** The same with initial accumulators [M, N]. */
  public GemmOperands withC(Tensor initial) {
    return new GemmOperands(initial, bias, residual, alpha, beta);
  }

  /** The same with a bias [N]. */
  public GemmOperands withBias(Tensor added) {
    return new GemmOperands(c, added, residual, alpha, beta);
  }

  /** The same with a residual [M, N]. */
  public GemmOperands withResidual(Tensor added) {
    return new GemmOperands(c, bias, added, alpha, beta);
  }

  /** The same with these factors. */
  public GemmOperands withScale(float newAlpha, float newBeta) {
    return new GemmOperands(c, bias, residual, newAlpha, newBeta);
  }
}
