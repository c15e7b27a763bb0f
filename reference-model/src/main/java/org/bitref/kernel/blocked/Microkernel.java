package org.bitref.kernel.blocked;

/**
 * The innermost loops of a blocked product: a tile of outputs, each with its own accumulator, takes
 * a few terms more. Lanes run across outputs, so that no order changes.
 *
 * @param rows of a tile
 * @param columns of a tile
 * @param packing how operands lie in the panels that the loop reads
 * @param loop the arithmetic
 */
public record Microkernel(int rows, int columns, Packing packing, Loop loop) {
  /** The arithmetic of a tile. */
  @FunctionalInterface
  public interface Loop {
    /**
     * acc[i][j] takes the terms a[k][i]·w[k][j] for k = 0, 1, ..., depth-1. An accumulator is a
     * float that holds a value of the recipe's format between calls.
     *
     * @param a from {@code aAt} on {@code depth} groups of {@link #rows} values, packed
     * @param w from {@code wAt} on {@code depth} groups of {@link #columns} values, likewise
     * @param acc the tile, row after row, from {@code accAt} on
     */
    void accumulate(int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt);
  }

  /** The same loop over values alone, which lie one k after another. */
  static Microkernel plain(int rows, int columns, Loop loop) {
    return new Microkernel(rows, columns, new Packing.Values(), loop);
  }

  /** The same with its terms 2i + 1 before 2i, counted from the first of all. */
  Microkernel oddFirst() {
    return new Microkernel(rows, columns, new Packing.OddFirst(), loop);
  }
}
