package org.bitref.cli.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bitref.loaders.csv.CsvWriter;
import org.bitref.loaders.csv.CsvWriter.Column;
import org.bitref.loaders.file.IoProblem;
import picocli.CommandLine.Option;

/** The option {@code --csv} of commands that print tables. */
public final class CsvOption {
  @Option(
      names = "--csv",
      paramLabel = "F",
      description =
          "Also write the tables as CSV: the main one to F, each other one beside it, its name"
              + " before F's extension.")
  private Path file;

  /**
   * Refuses what could not be written in the end.
   *
   * @param force whether existing files may be replaced
   * @param names of the tables beside the main one
   * @throws org.bitref.BadInputException if a file exists and must not be replaced, or there is no
   *     such folder
   */
  public void check(boolean force, String... names) {
    if (file == null) {
      return;
    }
    OutputFile.check(file, force);
    for (String name : names) {
      OutputFile.check(target(name), force);
    }
  }

  /**
   * Writes the tables, if the option was given.
   *
   * @throws org.bitref.BadInputException if a file cannot be written
   */
  public void write(boolean force, CsvTable... tables) {
    if (file == null) {
      return;
    }
    for (CsvTable table : tables) {
      Path target = target(table.name());
      List<Map<String, String>> rows = Json.rows(table.rows());
      if (rows.isEmpty()) {
        remove(target);
      } else {
        CsvWriter.write(target, columns(rows), rows, force);
      }
    }
  }

  /** One of an earlier run would be taken for one of this run. */
  private static void remove(Path target) {
    try {
      Files.deleteIfExists(target);
    } catch (IOException e) {
      throw IoProblem.writing(target, e);
    }
  }

  private static List<Column<Map<String, String>>> columns(List<Map<String, String>> rows) {
    Set<String> names = new LinkedHashSet<>();
    rows.forEach(row -> names.addAll(row.keySet()));
    List<Column<Map<String, String>>> columns = new ArrayList<>();
    names.forEach(name -> columns.add(new Column<>(name, row -> row.get(name))));
    return columns;
  }

  private Path target(String name) {
    if (name.isEmpty()) {
      return file;
    }
    String main = file.getFileName().toString();
    int dot = main.lastIndexOf('.') > 0 ? main.lastIndexOf('.') : main.length();
    return file.resolveSibling(main.substring(0, dot) + "." + name + main.substring(dot));
  }
}
