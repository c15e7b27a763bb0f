package org.bitref.kernel;

/**
 * A block of rows of x, all of K, in the order in which a {@link Microkernel} reads them: panels of
 * {@code height} rows; in a panel k by k, the rows side by side. Rows past the end are zero.
 */
final class PackedRows {
  private final int depth;
  private final int height;
  private final PanelLayout layout;
  private final float[] data;
  private final int[] grades;

  private PackedRows(int rows, int depth, PanelLayout layout) {
    this.depth = depth;
    this.height = layout.width();
    this.layout = layout;
    int panels = (rows + height - 1) / height;
    this.data = new float[Math.multiplyExact(panels, layout.size(depth))];
    this.grades = new int[rows];
  }

  static PackedRows of(Problem problem, int from, int to, Microkernel kernel, Workers workers) {
    PackedRows packed = new PackedRows(to - from, problem.depth(), PanelLayout.ofRows(kernel));
    workers.forEach(
        packed.panels(),
        1,
        (panel, end) -> {
          OperandReader reader = problem.left();
          float[] row = new float[problem.depth()];
          for (int p = panel; p < end; p++) {
            packed.pack(p, from, reader, row, kernel);
          }
        });
    return packed;
  }

  private void pack(int panel, int first, OperandReader reader, float[] row, Microkernel kernel) {
    for (int i = 0; i < height; i++) {
      int m = panel * height + i;
      if (m >= grades.length) {
        layout.fillUnused(data, at(panel, 0) + i, depth);
        continue;
      }
      reader.read((long) (first + m) * depth, row, 0, depth);
      grades[m] = kernel.grade(row, 0, depth);
      layout.fill(data, at(panel, 0) + i, row, depth, kernel);
    }
  }

  int rows() {
    return grades.length;
  }

  int panels() {
    return (grades.length + height - 1) / height;
  }

  float[] data() {
    return data;
  }

  /** Where a run that begins with k does in a panel. */
  int at(int panel, int k) {
    return panel * layout.size(depth) + layout.start(k);
  }

  int grade(int row) {
    return grades[row];
  }
}
