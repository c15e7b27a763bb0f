package org.bitref.cli.explain;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bitref.Text;
import org.bitref.cli.console.OutputFile;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.TextFile;
import org.bitref.cli.console.UsageException;
import org.bitref.explain.Capture;
import org.bitref.explain.Explanation;
import org.bitref.explain.SystemRecipe;
import org.bitref.kernel.Workers;
import org.bitref.loaders.file.Nearest;
import picocli.CommandLine.Option;

/** The option {@code --recipe-out}: the model recipes that reproduce systems. */
final class RecipeOption {
  private static final String NAME = "--recipe-out";

  @Option(
      names = NAME,
      paramLabel = "SYSTEM=F",
      description =
          "Write the recipe that reproduces this system, for golden --recipe; once for each system."
              + " F alone is of the system that it is called like.")
  private List<String> arguments = new ArrayList<>();

  /**
   * Refuses what could not be written in the end.
   *
   * @param force whether existing files may be replaced
   * @throws org.bitref.BadInputException if a file exists and must not be replaced, or there is no
   *     such folder
   * @throws UsageException if no file is named
   */
  void check(boolean force) {
    arguments.forEach(argument -> OutputFile.check(file(argument), force));
  }

  /**
   * Refuses what is of no system of the capture.
   *
   * @throws UsageException which names the systems
   */
  void check(Capture capture) {
    for (String argument : arguments) {
      String system = system(argument);
      if (!capture.names().contains(system)) {
        throw UsageException.value(
            NAME,
            "no system is called %s; the nearest names are %s; give SYSTEM=F, where SYSTEM is %s"
                .formatted(
                    Text.quote(system),
                    Nearest.of(system, capture.names()),
                    String.join(" or ", capture.names())));
      }
    }
  }

  /**
   * Writes the recipes, and warns of what they cannot reproduce.
   *
   * @throws org.bitref.BadInputException if a file cannot be written
   */
  void write(
      boolean force, Explanation explanation, Capture capture, Session session, Workers workers) {
    for (String argument : arguments) {
      SystemRecipe recipe = SystemRecipe.of(explanation, capture, system(argument), workers);
      Path file = file(argument);
      TextFile.write(file, new RecipeText(recipe).text(), force);
      new RecipeText(recipe).warnings().forEach(words -> session.warn(file + ": " + words));
    }
  }

  private static Path file(String argument) {
    String file = argument.substring(argument.indexOf('=') + 1);
    if (file.isEmpty()) {
      throw UsageException.value(NAME, "no file is named in " + Text.quote(argument));
    }
    try {
      return Path.of(file);
    } catch (InvalidPathException _) {
      throw UsageException.value(NAME, Text.quote(file) + " is no name of a file");
    }
  }

  /** The system before the equals sign; else the file's name without what follows its last dot. */
  private static String system(String argument) {
    int equals = argument.indexOf('=');
    if (equals >= 0) {
      return argument.substring(0, equals);
    }
    Path name = file(argument).getFileName();
    return name == null ? argument : name.toString().replaceFirst("(?<=.)\\.[^.]*$", "");
  }
}
