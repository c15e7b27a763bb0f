package org.bitref.live;

import org.bitref.tensor.Tensor;

/** A library that multiplies matrices as it likes. */
interface BlackBox extends AutoCloseable {
  /** Name and version. */
  String framework();

  /**
   * y = x · wᵀ.
   *
   * @param x [M, K]
   * @param w [N, K], of the type of x
   * @return [M, N], of the type of x
   */
  Tensor multiply(Tensor x, Tensor w);

  @Override
  default void close() {}
}
