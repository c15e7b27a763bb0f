package org.bitref.diagnose;

/**
 * A block of an output.
 *
 * @param firstRow its first row
 * @param lastRow its last row
 * @param firstColumn its first column
 * @param lastColumn its last column
 */
public record Region(int firstRow, int lastRow, int firstColumn, int lastColumn) {
  int rows() {
    return lastRow - firstRow + 1;
  }

  int columns() {
    return lastColumn - firstColumn + 1;
  }

  long elements() {
    return (long) rows() * columns();
  }

  boolean contains(int row, int column) {
    return row >= firstRow && row <= lastRow && column >= firstColumn && column <= lastColumn;
  }

  /** For example {@code rows 0-15, columns 64-127}. */
  @Override
  public String toString() {
    return "rows " + range(firstRow, lastRow) + ", columns " + range(firstColumn, lastColumn);
  }

  private static String range(int first, int last) {
    return first == last ? "" + first : first + "-" + last;
  }
}
