package org.bitref.cli.console;

import java.util.ArrayList;
import java.util.List;

/**
 * Rows under a header: the first column flush left, the others flush right. A first cell too long
 * for {@value #WIDTH} columns stands on a line of its own, its row below it; nothing is cut.
 */
public final class Table {
  /** Columns of a plain terminal. */
  public static final int WIDTH = 80;

  private final List<List<String>> rows = new ArrayList<>();
  private final int columns;

  /** A table with these headings. */
  public Table(String... headings) {
    columns = headings.length;
    rows.add(List.of(headings));
  }

  /** Adds a row of as many cells as there are headings. */
  public void row(String... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException(cells.length + " cells in " + columns + " columns");
    }
    rows.add(List.of(cells));
  }

  /** The lines, without trailing blanks. */
  @Override
  public String toString() {
    int[] widths = new int[columns];
    for (int column = 1; column < columns; column++) {
      for (List<String> row : rows) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    int rest = 0;
    for (int width : widths) {
      rest += width;
    }
    int room = Math.max(8, WIDTH - rest - (columns - 1));
    for (List<String> row : rows) {
      int length = row.getFirst().length();
      if (length <= room) {
        widths[0] = Math.max(widths[0], length);
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      line(text, row, widths);
    }
    return text.toString();
  }

  private static void line(StringBuilder text, List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder(row.getFirst());
    if (line.length() > widths[0]) {
      text.append(line).append('\n');
      line.setLength(0);
    }
    line.append(" ".repeat(widths[0] - line.length()));
    for (int column = 1; column < widths.length; column++) {
      String cell = row.get(column);
      line.append(" ".repeat(1 + widths[column] - cell.length())).append(cell);
    }
    text.append(line.toString().stripTrailing()).append('\n');
  }
}
