package org.bitref.kernel;

import java.util.Optional;
import org.bitref.tensor.Tensor;

/**
 * What a matrix product takes besides its two factors.
 *
 * @param c [M, N], what the accumulators start with; if the epilogue has a step {@code
 *     fma(alpha,acc,beta*C)} it is the C of that step instead
 * @param bias [N]
 * @param residual [M, N]
 * @param alpha the factor of {@code mul(alpha,...)} and {@code fma(alpha,acc,beta*C)}
 * @param beta the factor of C
 * @param scales of quantised operands; alpha is their product then, at each output
 */
public record GemmOperands(
    Optional<Tensor> c,
    Optional<Tensor> bias,
    Optional<Tensor> residual,
    float alpha,
    float beta,
    Scales scales) {
  /** Nothing: accumulators start at zero, alpha is 1 and beta is 0. */
  public static final GemmOperands NONE =
      new GemmOperands(Optional.empty(), Optional.empty(), Optional.empty(), 1, 0, Scales.NONE);

  /** Initial accumulators [M, N] and a bias [N], if there are such. */
  public static GemmOperands of(Optional<Tensor> c, Optional<Tensor> bias) {
    return new GemmOperands(c, bias, Optional.empty(), 1, 0, Scales.NONE);
  }

  /** The same with initial accumulators [M, N]. */
  public GemmOperands withC(Tensor initial) {
    return new GemmOperands(Optional.of(initial), bias, residual, alpha, beta, scales);
  }

  /** The same with a bias [N]. */
  public GemmOperands withBias(Tensor added) {
    return new GemmOperands(c, Optional.of(added), residual, alpha, beta, scales);
  }

  /** The same with a residual [M, N]. */
  public GemmOperands withResidual(Tensor added) {
    return new GemmOperands(c, bias, Optional.of(added), alpha, beta, scales);
  }

  /** The same with these factors. */
  public GemmOperands withScale(float newAlpha, float newBeta) {
    return new GemmOperands(c, bias, residual, newAlpha, newBeta, scales);
  }

  /** The same with scales of the operands. */
  public GemmOperands withScales(Scales other) {
    return new GemmOperands(c, bias, residual, alpha, beta, other);
  }
}
