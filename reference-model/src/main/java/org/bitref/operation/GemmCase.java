package org.bitref.operation;

import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * A captured matrix product y = x·wᵀ, whole or sampled in rows and columns, K whole.
 *
 * @param x [M, K]
 * @param w [N, K]
 * @param y [M, N], what a system computed
 * @param c [M, N], what the accumulators started with, or null
 * @param bias [N], or null
 */
public record GemmCase(Tensor x, Tensor w, Tensor y, Tensor c, Tensor bias) {
  /**
   * @throws IllegalArgumentException if the shapes do not fit each other
   */
  public GemmCase {
    boolean matrices = x.shape().rank() == 2 && w.shape().rank() == 2 && y.shape().rank() == 2;
    if (!matrices || x.shape().dim(1) != w.shape().dim(1)) {
      throw new IllegalArgumentException("expected [M, K]·[N, K]ᵀ, not " + shapes(x, w));
    }
    if (y.shape().dim(0) != x.shape().dim(0) || y.shape().dim(1) != w.shape().dim(0)) {
      throw new IllegalArgumentException("y " + y.shape() + " is no product " + shapes(x, w));
    }
    check("c", c, y.elements());
    check("bias", bias, w.shape().dim(0));
  }

  private static String shapes(Tensor x, Tensor w) {
    return x.shape() + "·" + w.shape() + "ᵀ";
  }

  private static void check(String name, Tensor operand, long elements) {
    if (operand != null && operand.elements() != elements) {
      throw new IllegalArgumentException(
          name + " " + operand.shape() + " should have " + elements + " elements");
    }
  }

  /** M, the captured rows. */
  public int rows() {
    return x.shape().intDim(0);
  }

  /** N, the captured columns. */
  public int columns() {
    return w.shape().intDim(0);
  }

  /** K. */
  public int depth() {
    return x.shape().intDim(1);
  }

  /**
   * The first rows and columns of a large product, as many of each; this product if it is small.
   */
  public GemmCase corner(long mostProducts) {
    double outputs = (double) mostProducts / Math.max(1, depth());
    if ((double) rows() * columns() <= outputs) {
      return this;
    }
    int side = (int) Math.max(1, Math.sqrt(outputs));
    int m = Math.min(rows(), side);
    int n = Math.min(columns(), side);
    return new GemmCase(
        x.rows(0, m),
        w.rows(0, n),
        corner(y, m, n),
        c == null ? null : corner(c, m, n),
        bias == null ? null : bias.rows(0, n));
  }

  private Tensor corner(Tensor matrix, int m, int n) {
    TensorBuilder out = new TensorBuilder(matrix.dtype(), Shape.of(m, n));
    for (long row = 0; row < m; row++) {
      out.copy(row * n, matrix, row * columns(), n);
    }
    return out.build();
  }
}
