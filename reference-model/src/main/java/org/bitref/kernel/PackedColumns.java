package org.bitref.kernel;

import java.util.Arrays;

/**
 * A few rows of w, which are columns of the product, for a range of K: panels of {@code width}
 * columns; in a panel k by k, the columns side by side. Columns past the end are zero.
 */
final class PackedColumns {
  private final Problem problem;
  private final Microkernel kernel;
  private final OperandReader reader;
  private final int first;
  private final int width;
  private final int mostDepth;
  private final int[] grades;
  private final float[] data;
  private final float[] piece;

  PackedColumns(Problem problem, Microkernel kernel, int from, int to, int mostDepth) {
    this.problem = problem;
    this.kernel = kernel;
    this.reader = problem.right();
    this.first = from;
    this.width = kernel.columns();
    this.mostDepth = mostDepth;
    this.grades = new int[to - from];
    Arrays.fill(grades, Integer.MAX_VALUE / 2);
    this.data = new float[panels() * width * mostDepth * kernel.words()];
    this.piece = new float[mostDepth];
  }

  /** Loads k = from ... to-1. */
  void load(int from, int to) {
    int n = to - from;
    for (int j = 0; j < grades.length; j++) {
      reader.read((long) (first + j) * problem.depth() + from, piece, 0, n);
      grades[j] = Math.min(grades[j], kernel.grade(piece, 0, n));
      int at = at(j / width) + j % width;
      int step = width * kernel.words();
      for (int k = 0; k < n; k++) {
        data[at + k * step] = piece[kernel.term(k, n)];
      }
      if (kernel.words() == 2) {
        for (int k = 0; k < n; k++) {
          data[at + k * step + width] = kernel.companion(piece[k]);
        }
      }
    }
  }

  int panels() {
    return (grades.length + width - 1) / width;
  }

  float[] data() {
    return data;
  }

  int at(int panel) {
    return panel * width * mostDepth * kernel.words();
  }

  int grade(int column) {
    return grades[column];
  }
}
