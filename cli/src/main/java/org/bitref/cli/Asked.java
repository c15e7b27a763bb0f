package org.bitref.cli;

import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;

/**
 * What can be told of a command line, even one that cannot be read.
 *
 * @param json whether it asks for JSON
 * @param command as the field {@code schema} of its JSON has it, such as {@code bundle.verify};
 *     empty if none is named
 */
record Asked(boolean json, Optional<String> command) {
  static final Asked NOTHING = new Asked(false, Optional.empty());

  static Asked of(CommandLine bitref, String... words) {
    boolean json = false;
    CommandLine at = bitref;
    String before = "";
    for (String word : words) {
      if (word.equals("--")) {
        break;
      }
      String option = before.equals("--format") ? "--format=" + word : word;
      json |= option.toLowerCase(Locale.ROOT).equals("--format=json");
      at = at.getSubcommands().getOrDefault(word, at);
      before = word;
    }
    return new Asked(json, at.getParent() == null ? Optional.empty() : Optional.of(name(at)));
  }

  private static String name(CommandLine command) {
    String parent = command.getParent().getParent() == null ? "" : name(command.getParent()) + ".";
    return parent + command.getCommandName();
  }
}
