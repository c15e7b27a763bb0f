package org.bitref.kernel;

/**
 * A block of rows of x, all of K, in the order in which a {@link Microkernel} reads them: panels of
 * {@code height} rows; in a panel k by k, the rows side by side. Rows past the end are zero.
 */
final class PackedRows {
  private final int depth;
  private final int height;
  private final int words;
  private final float[] data;
  private final int[] grades;

  private PackedRows(int rows, int depth, int height, int words) {
    int panels = (rows + height - 1) / height;
    this.depth = depth;
    this.height = height;
    this.words = words;
    this.data = new float[Math.toIntExact((long) panels * height * depth * words)];
    this.grades = new int[rows];
  }

  static PackedRows of(Problem problem, int from, int to, Microkernel kernel, Workers workers) {
    PackedRows packed = new PackedRows(to - from, problem.depth(), kernel.rows(), kernel.words());
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
    for (int i = 0; i < height && panel * height + i < grades.length; i++) {
      int m = panel * height + i;
      reader.read((long) (first + m) * depth, row, 0, depth);
      grades[m] = kernel.grade(row, 0, depth);
      int at = at(panel, 0) + i;
      for (int k = 0; k < depth; k++) {
        data[at + k * height * words] = row[kernel.term(k, depth)];
        if (words == 2) {
          data[at + k * height * words + height] = kernel.companion(row[k]);
        }
      }
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

  /** Where the elements of a panel from k on begin. */
  int at(int panel, int k) {
    return (panel * depth + k) * height * words;
  }

  int grade(int row) {
    return grades[row];
  }
}
