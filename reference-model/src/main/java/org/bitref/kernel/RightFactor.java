package org.bitref.kernel;

import org.bitref.tensor.Tensor;

/** The right factor of several products, made ready once. */
@FunctionalInterface
public interface RightFactor {
  /**
   * x·partᵀ as {@link GemmKernel#multiply} gives it without further operands.
   *
   * @param x [..., k]
   * @param part [n, k]: the first k of the terms of the factor's first n rows
   */
  Tensor multiply(Tensor x, Tensor part, Workers workers);
}
