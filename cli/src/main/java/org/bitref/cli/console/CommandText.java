package org.bitref.cli.console;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A command of this program as one types it into a shell. */
public final class CommandText {
  private static final Pattern PLAIN = Pattern.compile("[\\w@%+=:,./-]+");

  private CommandText() {}

  /**
   * On one line.
   *
   * @param arguments as they were given, the command first
   */
  public static String of(List<String> arguments) {
    return arguments.stream()
        .map(CommandText::quoted)
        .collect(Collectors.joining(" ", "bitref ", ""));
  }

  private static String quoted(String argument) {
    return PLAIN.matcher(argument).matches()
        ? argument
        : "'" + argument.replace("'", "'\\''") + "'";
  }

  /**
   * The same on lines of at most {@value Table#WIDTH} columns where the words allow, each but the
   * last ended by a backslash.
   *
   * @param indent of each line; those that go on have four blanks more
   */
  public static List<String> lines(List<String> arguments, String indent) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(indent).append("bitref");
    for (String argument : arguments) {
      String word = quoted(argument);
      if (line.length() + 1 + word.length() + 2 > Table.WIDTH) {
        lines.add(line + " \\");
        line = new StringBuilder(indent).append("   ");
      }
      line.append(' ').append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
