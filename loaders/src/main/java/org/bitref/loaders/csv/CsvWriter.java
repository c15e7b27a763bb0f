package org.bitref.loaders.csv;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.bitref.BadInputException;
import org.bitref.loaders.file.NewFile;
import org.bitref.loaders.file.TensorEntry;

/**
 * Writes records as comma-separated values (RFC 4180, lines ended by CR LF, UTF-8): a header line,
 * then a line for each record. Cells with a comma, a quote or a line end are quoted.
 */
public final class CsvWriter {

  /**
   * A column of a table of {@code R}.
   *
   * @param cell what stands there; null leaves it empty, everything else is written as by {@link
   *     String#valueOf}
   */
  public record Column<R>(String name, Function<R, ?> cell) {}

  private CsvWriter() {}

  /**
   * Writes to a temporary name beside {@code target} and renames at the end.
   *
   * @param overwrite whether an existing file may be replaced
   * @throws BadInputException if the target cannot be written or exists, or if a cell is no valid
   *     Unicode
   */
  public static <R> void write(
      Path target, List<Column<R>> columns, Iterable<R> records, boolean overwrite) {
    NewFile.write(
        target,
        overwrite,
        channel -> {
          Writer file = new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
          line(target, file, columns, Column::name);
          for (R row : records) {
            line(target, file, columns, column -> column.cell().apply(row));
          }
          file.flush();
        });
  }

  private static <C> void line(Path target, Writer file, List<C> columns, Function<C, Object> cell)
      throws IOException {
    String separator = "";
    for (C column : columns) {
      Object value = cell.apply(column);
      String text = value == null ? "" : value.toString();
      TensorEntry.checkUnicode(target, text);
      file.write(separator + quoted(text));
      separator = ",";
    }
    file.write("\r\n");
  }

  private static String quoted(String text) {
    boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
  }
}
