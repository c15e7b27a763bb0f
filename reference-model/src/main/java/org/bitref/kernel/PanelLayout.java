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
   * @param operands {@code depth} terms in their order; they do not outlive the call
   */
  void fill(float[] panel, int at, float[] operands, int depth, Microkernel kernel) {
    if (kernel.swapsPairs()) {
      swapPairs(operands, depth);
    }
    if (step == 0) {
      group(panel, at, operands, 0, depth, kernel);
      return;
    }
    for (int k = 0; k < depth; k += step) {
      int end = Math.min(depth, k + step);
      panel[at + start(k)] = kernel.bound(operands, k, end);
      group(panel, at + start(k) + width * words, operands, k, end, kernel);
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
  private void group(
      float[] panel, int at, float[] operands, int from, int to, Microkernel kernel) {
    int apart = width * words;
    for (int k = from, next = at; k < to; k++, next += apart) {
      panel[next] = operands[k];
    }
    if (words == 2) {
      for (int k = from, next = at + width; k < to; k++, next += apart) {
        panel[next] = kernel.companion(operands[k]);
      }
    }
  }

  /** The same for a row or column past the end: zeros, whose bounds tell that nobody wants them. */
  void fillUnused(float[] panel, int at, int depth) {
    for (int k = 0; step > 0 && k < depth; k += step) {
      panel[at + start(k)] = Float.NaN;
    }
  }
}
