package org.bitref.bench;

import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.tensor.Tensor;

/** A faster wrong kernel is worthless: before anything is timed, it is compared. */
final class BitCheck {
  private BitCheck() {}

  /**
   * Compares the kernel with the interpreter on a product of the timed depth.
   *
   * @throws IllegalStateException if a bit differs
   */
  static void check(Kind kind, int threads) {
    Matrices matrices = Matrices.of(kind.dtype(), 13, 70, 4096);
    try (Workers workers = new Workers(threads)) {
      Tensor expected =
          Kernels.interpreter(kind.recipe())
              .multiply(matrices.x(), matrices.w(), GemmOperands.NONE, workers);
      Tensor actual =
          Kernels.gemm(kind.recipe())
              .multiply(matrices.x(), matrices.w(), GemmOperands.NONE, workers);
      for (long i = 0; i < expected.elements(); i++) {
        if (expected.bits(i) != actual.bits(i)) {
          throw new IllegalStateException(kind.title() + ": element " + i + " differs");
        }
      }
    }
  }
}
