package org.bitref.diagnose;

import org.bitref.bound.GemmBound;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;

/** Whether a captured product is that of its factors, by a few outputs. */
public final class FewOutputs {
  private static final int SIDE = 32;

  /**
   * The least cosine of exact and captured outputs that are the same but for roundings, which leave
   * it near 1. That of 1024 independent ones has a standard deviation of 0.03.
   */
  private static final double LIKE = 0.5;

  private FewOutputs() {}

  /** True if they are like the exact ones, and inside the bound of some arithmetic. */
  public static boolean areRight(Captured<Product> gemm, Workers workers) {
    Product product = gemm.operation();
    Captured<Product> few =
        Product.corner(gemm, Math.min(SIDE, product.rows()), Math.min(SIDE, product.columns()));
    return isLike(few.operation().exact(workers).toDoubles(), few.y().toDoubles())
        && GemmBound.of(few, workers).narrowest().isPresent();
  }

  private static boolean isLike(double[] exact, double[] captured) {
    double both = 0;
    double squares = 0;
    double others = 0;
    for (int i = 0; i < exact.length; i++) {
      both += exact[i] * captured[i];
      squares += exact[i] * exact[i];
      others += captured[i] * captured[i];
    }
    return both > LIKE * Math.sqrt(squares * others);
  }
}
