package org.bitref.kernel.blocked;

import java.util.Arrays;
import java.util.function.Supplier;
import org.bitref.kernel.Workers;
import org.bitref.kernel.spec.OperandReader;
import org.bitref.kernel.spec.Problem;

/**
 * Rows of x, or rows of w, which are columns of the product, in the order in which a {@link
 * Microkernel} reads them: panels of {@code width} rows; in a panel k by k, the rows side by side.
 * Rows past the end are zero.
 */
final class PackedOperand {
  /** Of the whole operand, the index of row 0 here. */
  private final int first;

  private final int depth;
  private final int width;
  private final PanelLayout layout;
  private final float[] data;
  private final int[] grades;

  private PackedOperand(int first, int rows, int depth, PanelLayout layout) {
    this(
        first,
        depth,
        layout,
        new float[Math.multiplyExact(Math.ceilDiv(rows, layout.width()), layout.size(depth))],
        new int[rows]);
  }

  private PackedOperand(int first, int depth, PanelLayout layout, float[] data, int[] grades) {
    this.first = first;
    this.depth = depth;
    this.width = layout.width();
    this.layout = layout;
    this.data = data;
    this.grades = grades;
  }

  /** Rows [from, to) of x. */
  static PackedOperand left(
      Problem problem, int from, int to, Microkernel kernel, Workers workers) {
    PanelLayout layout = PanelLayout.ofRows(kernel);
    PackedOperand packed = new PackedOperand(from, to - from, problem.depth(), layout);
    return packed.filled(problem::left, Guard.of(problem.recipe().inner()), workers);
  }

  /** Rows [from, to) of w. */
  static PackedOperand right(
      Problem problem, int from, int to, Microkernel kernel, Workers workers) {
    PanelLayout layout = PanelLayout.ofColumns(kernel);
    PackedOperand packed = new PackedOperand(from, to - from, problem.depth(), layout);
    return packed.filled(problem::right, Guard.of(problem.recipe().inner()), workers);
  }

  private PackedOperand filled(Supplier<OperandReader> readers, Guard guard, Workers workers) {
    Arrays.fill(grades, Integer.MAX_VALUE / 2);
    workers.forEach(
        Math.ceilDiv(grades.length, width),
        1,
        (panel, _) -> {
          OperandReader reader = readers.get();
          float[][] pieces = new float[width][Math.min(depth, BlockedGemm.DEPTH)];
          for (int k = 0; k < depth; k += BlockedGemm.DEPTH) {
            pack(panel, k, Math.min(depth - k, BlockedGemm.DEPTH), reader, pieces, guard);
          }
        });
    return this;
  }

  /** All rows are read before any is laid out: the processor then waits for them together. */
  private void pack(int panel, int k, int n, OperandReader reader, float[][] pieces, Guard guard) {
    int rows = Math.min(width, grades.length - panel * width);
    for (int i = 0; i < rows; i++) {
      long row = first + panel * (long) width + i;
      reader.read(row * depth + k, pieces[i], 0, n);
    }
    for (int i = 0; i < rows; i++) {
      int row = panel * width + i;
      grades[row] = Math.min(grades[row], guard.grade(pieces[i], 0, n));
      layout.fill(data, at(panel, k), i, pieces[i], n);
    }
    for (int i = rows; i < width; i++) {
      layout.fillUnused(data, at(panel, k), i, n);
    }
  }

  int rows() {
    return grades.length;
  }

  /** The same without the rows from {@code n} on. */
  PackedOperand rows(int n) {
    return n == rows()
        ? this
        : new PackedOperand(first, depth, layout, data, Arrays.copyOf(grades, n));
  }

  int first() {
    return first;
  }

  /** The panel that a row lies in. */
  int panelOf(int row) {
    return row / width;
  }

  float[] data() {
    return data;
  }

  /** Where a run that begins with k does in a panel. */
  int at(int panel, int k) {
    return panel * layout.size(depth) + layout.size(k);
  }

  int grade(int row) {
    return grades[row];
  }
}
