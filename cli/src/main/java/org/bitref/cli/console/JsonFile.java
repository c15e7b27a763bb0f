package org.bitref.cli.console;

import java.nio.file.Path;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.json.JsonObject;

/** Small JSON files that steer a command. A complaint names the file and the path in it. */
public final class JsonFile {
  private JsonFile() {}

  /**
   * Reads a file that holds one object.
   *
   * @param remedy the last sentence of messages
   * @throws BadInputException if the file cannot be read or holds something else
   */
  public static <T> T read(Path file, String remedy, Function<JsonObject, T> content) {
    try (MappedFile mapped = MappedFile.open(file, MappedFile.SETTINGS)) {
      return content.apply(JsonObject.read(file.toString(), remedy, mapped.bytes()));
    }
  }

  /** Refuses fields that are none of these. */
  public static void known(JsonObject object, Set<String> fields) {
    for (String name : object.names()) {
      if (!fields.contains(name)) {
        String all = String.join(", ", fields.stream().sorted().toList());
        throw object.bad("%s is no field here; known are %s".formatted(name, all));
      }
    }
  }

  /** A string that must be there. */
  public static String text(JsonObject object, String field) {
    return object.string(field).orElseThrow(() -> object.missing(field));
  }

  /** A whole number that must be there. */
  public static int number(JsonObject object, String field) {
    return object.wholeNumber(field).orElseThrow(() -> object.missing(field));
  }

  /** A text of this field as a regular expression. */
  public static Pattern pattern(JsonObject object, String field, String regex, String remedy) {
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new BadInputException(
          object.place(field), "no regular expression: " + e.getDescription(), remedy, e);
    }
  }
}
