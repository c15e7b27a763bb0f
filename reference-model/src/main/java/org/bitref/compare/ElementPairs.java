package org.bitref.compare;

import org.bitref.tensor.Tensor;

/** The elements of two tensors side by side. */
public final class ElementPairs {
  private static final int BLOCK = 1 << 14;

  private ElementPairs() {}

  /** What is done with each pair. */
  @FunctionalInterface
  public interface Visitor {
    /** Element {@code at} of both, as {@link Tensor#get} gives it. */
    void element(long at, double a, double b);
  }

  /** Visits the pairs in order; the tensors have as many elements. */
  public static void each(Tensor a, Tensor b, Visitor visitor) {
    int block = (int) Math.min(BLOCK, a.elements());
    double[] x = new double[block];
    double[] y = new double[block];
    for (long at = 0; at < a.elements(); at += BLOCK) {
      int n = (int) Math.min(BLOCK, a.elements() - at);
      a.read(at, x, 0, n);
      b.read(at, y, 0, n);
      for (int i = 0; i < n; i++) {
        visitor.element(at + i, x[i], y[i]);
      }
    }
  }
}
