package org.bitref.kernel;

/**
 * Where a {@link Microkernel} finds the elements of a panel: groups of {@code width} values side by
 * side, one group for every k, each followed by its companions if there are any; before every
 * {@code step} groups one of their bounds, if there are such.
 */
record PanelLayout(int width, int words, int step) {
  static PanelLayout ofRows(Microkernel kernel) {
    return new PanelLayout(kernel.rows(), kernel.words(), kernel.boundedTerms());
  }

  static PanelLayout ofColumns(Microkernel kernel) {
    return new PanelLayout(kernel.columns(), kernel.words(), kernel.boundedTerms());
  }

  /** Words of a panel of so many k. */
  int size(int depth) {
    return (depth + (step == 0 ? 0 : (depth + step - 1) / step)) * width * words;
  }

  /** Where a run that begins with k does; k is a multiple of {@code step}. */
  int start(int k) {
    return (k + (step == 0 ? 0 : k / step)) * width * words;
  }

  /**
   * Lays out the terms of one row or column: its place in the first group is {@code at}.
   *
   * @param operands {@code depth} terms in their order
   */
  void fill(float[] panel, int at, float[] operands, int depth, Microkernel kernel) {
    int group = width * words;
    int next = at;
    for (int k = 0; k < depth; k++) {
      if (step > 0 && k % step == 0) {
        panel[next] = kernel.bound(operands, k, Math.min(depth, k + step));
        next += group;
      }
      panel[next] = operands[kernel.term(k, depth)];
      if (words == 2) {
        panel[next + width] = kernel.companion(operands[k]);
      }
      next += group;
    }
  }

  /** The same for a row or column past the end: zeros, whose bounds tell that nobody wants them. */
  void fillUnused(float[] panel, int at, int depth) {
    for (int k = 0; step > 0 && k < depth; k += step) {
      panel[at + start(k)] = Float.NaN;
    }
  }
}
