package org.bitref.bound;

/**
 * A block of an output.
 *
 * @param firstRow its first row
 * @param lastRow its last row
 * @param firstColumn its first column
 * @param lastColumn its last column
 */
public record Region(int firstRow, int lastRow, int firstColumn, int lastColumn) {
  public int rows() {
    return lastRow - firstRow + 1;
  }

  public int columns() {
    return lastColumn - firstColumn + 1;
  }

  public long elements() {
    return (long) rows() * columns();
  }

  public boolean contains(int row, int column) {
    return row >= firstRow && row <= lastRow && column >= firstColumn && column <= lastColumn;
  }

  /** This block of a matrix with rows of {@code length}. */
  double[] of(double[] matrix, int length) {
    double[] result = new double[Math.toIntExact(elements())];
    for (int i = 0; i < rows(); i++) {
      int from = (firstRow + i) * length + firstColumn;
      System.arraycopy(matrix, from, result, i * columns(), columns());
    }
    return result;
  }
}
