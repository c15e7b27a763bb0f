package org.bitref.kernel;

/**
 * The innermost loops of a blocked product: a tile of outputs, each with its own accumulator, takes
 * a few terms more. Lanes run across outputs, so that no order changes. An accumulator is a float
 * that holds a value of the recipe's format between calls.
 */
public interface Microkernel {
  /** Rows of a tile. */
  int rows();

  /** Columns of a tile. */
  int columns();

  /**
   * acc[i][j] takes the terms a[k][i]·w[k][j] for k = 0, 1, ..., depth-1.
   *
   * @param a {@code depth} groups of {@link #rows} elements from {@code aAt} on
   * @param w {@code depth} groups of {@link #columns} elements from {@code wAt} on
   * @param acc element (i, j) lies at {@code accAt + i * stride + j}
   */
  void accumulate(
      int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt, int stride);

  /**
   * True if the kernel is right for these operands. Outputs with others, and outputs that end as
   * NaN or infinity, are then left to the interpreter.
   */
  default boolean handles(float[] operands, int from, int to) {
    return true;
  }

  /** True if the kernel is right for all operands, and so nothing needs to be checked. */
  default boolean isTotal() {
    return true;
  }
}
