package org.bitref.kernel;

import org.bitref.tensor.Tensor;

/** A matrix product in the arithmetic of one recipe. */
@FunctionalInterface
public interface GemmKernel {
  /**
   * y = x·wᵀ: element (m, n) of the result is the recipe's fold of x[m, ·] and w[n, ·].
   *
   * @param x [..., K], any floating-point type
   * @param w [N, K], any floating-point type; read in panels, so that a mapped file may be larger
   *     than memory
   * @param operands what else goes in, all of it for x taken as [M, K]
   * @param workers who share the outputs; how many they are changes no bit
   * @return [..., N] in the type that stores {@code recipe.output()}
   * @throws IllegalArgumentException if the shapes do not fit each other, or if the recipe's
   *     epilogue asks for an operand that is missing
   */
  Tensor multiply(Tensor x, Tensor w, GemmOperands operands, Workers workers);

  /** w, [N, K], made ready for several products. */
  default RightFactor ready(Tensor w, Workers workers) {
    return (x, part, others) -> multiply(x, part, GemmOperands.NONE, others);
  }

  /** The right factor of several products, made ready once. */
  @FunctionalInterface
  interface RightFactor {
    /**
     * x·partᵀ as {@link GemmKernel#multiply} gives it without further operands.
     *
     * @param x [..., k]
     * @param part [n, k]: the first k of the terms of the factor's first n rows
     */
    Tensor multiply(Tensor x, Tensor part, Workers workers);
  }
}
