package org.bitref.kernel.blocked;

/**
 * Where a {@link Microkernel} finds the elements of a panel: groups of {@code width} values side by
 * side, one group for every k, with what their packing puts between them.
 *
 * @param copies how many bytes hold the exponent of a value
 * @param step how many groups share a group of bounds; 0 if there are none
 */
record PanelLayout(int width, int copies, int step, Packing packing) {
  static PanelLayout ofRows(Microkernel kernel) {
    return of(kernel.rows(), Float.BYTES, kernel.packing());
  }

  static PanelLayout ofColumns(Microkernel kernel) {
    return of(kernel.columns(), 1, kernel.packing());
  }

  private static PanelLayout of(int width, int copies, Packing packing) {
    boolean exponents = packing instanceof Packing.Exponents;
    return new PanelLayout(width, exponents ? copies : 0, packing.boundedTerms(), packing);
  }

  /**
   * Words of a panel of so many k, or where a run lies that begins with the next, which then is a
   * multiple of {@code step}.
   */
  int size(int depth) {
    return depth * group() + (step == 0 ? 0 : Math.ceilDiv(depth, step) * width);
  }

  /** Words of the values for one k and of their exponents. */
  private int group() {
    return width + width * copies / Float.BYTES;
  }

  /**
   * Lays out the terms of one row or column, the i-th of a panel.
   *
   * @param at where the first group lies
   * @param operands {@code depth} terms in their order; they do not outlive the call
   */
  void fill(float[] panel, int at, int i, float[] operands, int depth) {
    switch (packing) {
      case Packing.Values() -> values(panel, at + i, operands, 0, depth);
      case Packing.OddFirst() -> {
        swapPairs(operands, depth);
        values(panel, at + i, operands, 0, depth);
      }
      case Packing.Exponents(FdaStep ofStep) -> {
        values(panel, at + i, operands, 0, depth);
        exponents(panel, at + width, i, operands, depth, ofStep);
      }
      case Packing.Bounds(FdaMargin margin, int _) -> {
        for (int k = 0; k < depth; k += step) {
          int end = Math.min(depth, k + step);
          panel[at + size(k) + i] = margin.bound(operands, k, end);
          values(panel, at + size(k) + width + i, operands, k, end);
        }
      }
    }
  }

  private static void swapPairs(float[] operands, int depth) {
    for (int k = 0; k + 1 < depth; k += 2) {
      float even = operands[k];
      operands[k] = operands[k + 1];
      operands[k + 1] = even;
    }
  }

  /** Terms without bounds between them. */
  private void values(float[] panel, int at, float[] operands, int from, int to) {
    for (int k = from, next = at; k < to; k++, next += group()) {
      panel[next] = operands[k];
    }
  }

  /** The lowest bytes of all words belong to the first columns, and so on; or all to one row. */
  private void exponents(
      float[] panel, int at, int i, float[] operands, int depth, FdaStep ofStep) {
    int words = width * copies / Float.BYTES;
    int shift = i / words * Byte.SIZE;
    int ones = copies == 1 ? 1 : 0x0101_0101;
    for (int k = 0, next = at + i % words; k < depth; k++, next += group()) {
      int exponent = (Byte.toUnsignedInt(ofStep.exponent(operands[k])) * ones) << shift;
      panel[next] = Float.intBitsToFloat(Float.floatToRawIntBits(panel[next]) | exponent);
    }
  }

  /** The same for a row or column past the end: zeros, whose bounds tell that nobody wants them. */
  void fillUnused(float[] panel, int at, int i, int depth) {
    for (int k = 0; step > 0 && k < depth; k += step) {
      panel[at + size(k) + i] = Float.NaN;
    }
  }
}
