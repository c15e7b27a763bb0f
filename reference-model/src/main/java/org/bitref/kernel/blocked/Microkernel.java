package org.bitref.kernel.blocked;

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
   * True if a panel holds, behind every group of values, their {@link #exponent}s as bytes: that of
   * a row in all four bytes of a word; those of columns in a quarter as many words, whose lowest
   * bytes belong to the first quarter of the columns.
   */
  default boolean hasExponents() {
    return false;
  }

  /** What a panel holds behind a value; not asked for where it holds none. */
  default byte exponent(float value) {
    return 0;
  }

  /**
   * If positive, a panel holds a group of {@link #bound}s before the groups of so many terms each,
   * counted from the first of all; such a kernel is not given a run that begins elsewhere. For a
   * row or column past the end, of zeros, the bounds are NaN.
   */
  default int boundedTerms() {
    return 0;
  }

  /** What a panel holds for some terms of one row or column; not asked for where it holds none. */
  default float bound(float[] operands, int from, int to) {
    return 0;
  }

  /** True if the kernel takes the terms 2i + 1 before 2i, counted from a run's start. */
  default boolean swapsPairs() {
    return false;
  }

  /**
   * acc[i][j] takes the terms a[k][i]·w[k][j] for k = 0, 1, ..., depth-1.
   *
   * @param a from {@code aAt} on {@code depth} groups of {@link #rows} values, each followed by
   *     their exponents if the kernel has them; bounds come before those that they bound
   * @param w from {@code wAt} on {@code depth} groups of {@link #columns} values, likewise
   * @param acc the tile, row after row, from {@code accAt} on
   */
  void accumulate(int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt);

  /**
   * What {@link #handles} needs to know of some operands of one row, or of one column. Of several
   * stretches the lowest grade counts; that of no operands is not below any other.
   */
  default int grade(float[] operands, int from, int to) {
    return 0;
  }

  /**
   * True if the kernel is right for outputs of a row and a column with these grades. Others, and
   * outputs that end as NaN or infinity, are left to the interpreter.
   */
  default boolean handles(int row, int column) {
    return true;
  }

  /** True if the kernel is right for an accumulator that starts with this value. */
  default boolean handlesInitial(double initial) {
    return true;
  }

  /** True if the kernel is right for all operands, and so nothing needs to be checked. */
  default boolean isTotal() {
    return true;
  }
}
