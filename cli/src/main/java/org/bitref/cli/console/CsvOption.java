package org.bitref.cli.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
   * Writes the tables, if the option was given; without rows there is no file.
   *
   * @param tables by name, that of the main one empty: records whose columns go by the names in the
   *     JSON object
   * @throws org.bitref.BadInputException if a file cannot be written
   */
  public void write(boolean force, Map<String, List<?>> tables) {
    if (file != null) {
      tables.forEach((name, rows) -> write(force, target(name), rows));
    }
  }

  private static void write(boolean force, Path target, List<?> rows) {
    if (!rows.isEmpty()) {
      Json.table(rows).csv(target, force);
      return;
    }
    try {
      // One of an earlier run would be taken for one of this run.
      Files.deleteIfExists(target);
    } catch (IOException e) {
      throw IoProblem.writing(target, e);
    }
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
