package org.bitref.cli.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.bitref.Text;

/**
 * Records as rows under headings, for the terminal, a web page and a CSV file. In text the first
 * column is flush left, the others flush right.
 *
 * @param <R> what a row stands for
 */
public final class Table<R> {
  /** Columns of a plain terminal. */
  public static final int WIDTH = 80;

  /** How formulas of spreadsheets begin, also in their wide forms. */
  private static final Pattern FORMULA = Pattern.compile("[=+@\uFF1D\uFF0B\uFF0D\uFF20-]");

  private static final Pattern NUMBER =
      Pattern.compile("[+-](\\d+(\\.\\d*)?([eE][+-]?\\d+)?|inf|Infinity)");

  private final List<R> rows;
  private final List<Column<R>> columns = new ArrayList<>();
  private Function<R, String> kind = _ -> "";

  private record Column<R>(String heading, Function<R, ?> cell, BiConsumer<Markup, R> html) {
    String text(R row) {
      return Text.line(String.valueOf(cell.apply(row)));
    }
  }

  private Table(List<R> rows) {
    this.rows = List.copyOf(rows);
  }

  /** A table of these rows, without columns yet. */
  public static <R> Table<R> of(List<R> rows) {
    return new Table<>(rows);
  }

  /** Adds a column of numbers or short texts, each as by {@link String#valueOf}. */
  public Table<R> column(String heading, Function<R, ?> cell) {
    return column(
        heading, cell, (page, row) -> page.element("td", String.valueOf(cell.apply(row))));
  }

  /** Adds a column of sentences: flush left on a page, and broken between words. */
  public Table<R> words(String heading, Function<R, ?> cell) {
    return column(
        heading,
        cell,
        (page, row) -> page.element("td", String.valueOf(cell.apply(row)), "class", "words"));
  }

  /** Adds a column whose cells on a page are more than their text: {@code html} writes the td. */
  public Table<R> column(String heading, Function<R, ?> cell, BiConsumer<Markup, R> html) {
    columns.add(new Column<>(Text.line(heading), cell, html));
    return this;
  }

  /** Gives each row on a page the class of its kind. */
  public Table<R> kinds(Function<R, String> ofRow) {
    kind = ofRow;
    return this;
  }

  /** The headings, then the rows, each text on one line. */
  List<List<String>> cells() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(columns.stream().map(Column::heading).toList());
    rows.forEach(row -> lines.add(columns.stream().map(column -> column.text(row)).toList()));
    return lines;
  }

  /**
   * The lines, without trailing blanks. A first cell too long for {@value #WIDTH} columns stands on
   * a line of its own, its row below it; nothing is cut.
   */
  @Override
  public String toString() {
    List<List<String>> lines = cells();
    int[] widths = new int[columns.size()];
    int room = WIDTH - (widths.length - 1);
    for (int column = 1; column < widths.length; column++) {
      for (List<String> line : lines) {
        widths[column] = Math.max(widths[column], line.get(column).length());
      }
      room -= widths[column];
    }
    for (List<String> line : lines) {
      int length = line.getFirst().length();
      widths[0] = length <= Math.max(8, room) ? Math.max(widths[0], length) : widths[0];
    }
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> line(text, line, widths));
    return text.toString();
  }

  private static void line(StringBuilder text, List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder(cells.getFirst());
    if (line.length() > widths[0]) {
      text.append(line).append('\n');
      line.setLength(0);
    }
    line.append(" ".repeat(widths[0] - line.length()));
    for (int column = 1; column < widths.length; column++) {
      String cell = cells.get(column);
      line.append(" ".repeat(1 + widths[column] - cell.length())).append(cell);
    }
    text.append(line.toString().stripTrailing()).append('\n');
  }

  /** Writes the table into a page. */
  public void html(Markup page) {
    page.openTable(columns.stream().map(Column::heading).toArray(String[]::new));
    for (R row : rows) {
      String ofRow = kind.apply(row);
      page.open("tr", ofRow.isEmpty() ? new String[0] : new String[] {"class", ofRow});
      columns.forEach(column -> column.html.accept(page, row));
      page.close();
    }
    page.closeTable();
  }

  /**
   * Writes the table as comma-separated values (RFC 4180, lines ended by CR LF, UTF-8). A cell that
   * a spreadsheet would take for a formula begins with an apostrophe.
   *
   * @param overwrite whether an existing file may be replaced
   * @throws org.bitref.BadInputException if the target cannot be written or exists
   */
  public void csv(Path target, boolean overwrite) {
    StringBuilder text = new StringBuilder();
    try (CSVPrinter printer = new CSVPrinter(text, CSVFormat.RFC4180)) {
      for (List<String> line : cells()) {
        printer.printRecord(line.stream().map(Table::plain));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    TextFile.write(target, text.toString(), overwrite);
  }

  private static String plain(String cell) {
    boolean formula = FORMULA.matcher(cell).lookingAt() && !NUMBER.matcher(cell).matches();
    return formula ? "'" + cell : cell;
  }
}
