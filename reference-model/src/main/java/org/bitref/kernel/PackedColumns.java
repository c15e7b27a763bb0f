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
  private final PanelLayout layout;
  private final int panelSize;
  private final int[] grades;
  private final float[] data;
  private final float[] piece;

  PackedColumns(Problem problem, Microkernel kernel, int from, int to, int mostDepth) {
    this.problem = problem;
    this.kernel = kernel;
    this.reader = problem.right();
    this.first = from;
    this.width = kernel.columns();
    this.layout = PanelLayout.ofColumns(kernel);
    this.panelSize = layout.size(mostDepth);
    this.grades = new int[to - from];
    Arrays.fill(grades, Integer.MAX_VALUE / 2);
    this.data = new float[panels() * panelSize];
    this.piece = new float[mostDepth];
    for (int j = grades.length; j < panels() * width; j++) {
      layout.fillUnused(data, at(j / width) + j % width, mostDepth);
    }
  }

  /** Loads k = from ... to-1. */
  void load(int from, int to) {
    int n = to - from;
    for (int j = 0; j < grades.length; j++) {
      reader.read((long) (first + j) * problem.depth() + from, piece, 0, n);
      grades[j] = Math.min(grades[j], kernel.grade(piece, 0, n));
      layout.fill(data, at(j / width) + j % width, piece, n, kernel);
    }
  }

  int panels() {
    return (grades.length + width - 1) / width;
  }

  float[] data() {
    return data;
  }

  int at(int panel) {
    return panel * panelSize;
  }

  int grade(int column) {
    return grades[column];
  }
}
