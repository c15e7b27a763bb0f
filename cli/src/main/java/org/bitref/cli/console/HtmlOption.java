package org.bitref.cli.console;

import java.nio.file.Path;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** The option {@code --html} of commands whose result can be a web page. */
public final class HtmlOption {
  @Option(names = "--html", paramLabel = "F", description = "Also write the result as a web page.")
  private Path file;

  /**
   * Refuses what could not be written in the end.
   *
   * @param force whether an existing file may be replaced
   * @throws org.bitref.BadInputException if the file exists and must not be replaced, or there is
   *     no such folder
   */
  public void check(boolean force) {
    if (file != null) {
      OutputFile.check(file, force);
    }
  }

  /**
   * Writes the page, if the option was given.
   *
   * @throws org.bitref.BadInputException if the file cannot be written
   */
  public void write(boolean force, Supplier<String> page) {
    if (file != null) {
      TextFile.write(file, page.get(), force);
    }
  }
}
