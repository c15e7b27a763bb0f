package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page of cli/docs whose commands are run as they stand.
 *
 * @param name of the page below cli/docs
 * @param folder where the files that its commands read and write are during the test
 */
record DocumentedPage(String name, Path folder) {
  private static final Pattern COMMAND = Pattern.compile("(?m)^ {4,}(bitref (?:.*\\\\\n)*.*)$");
  private static final Pattern CODE = Pattern.compile(" +# exit code (\\d)$");
  private static final Pattern SAVED =
      Pattern.compile("(?s)Save as `(\\S+)`:\n\n```json\n(.*?)```");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
  private static final Pattern NAMED = Pattern.compile("(\\w+=)?(.+)");
  private static final Pattern FILE =
      Pattern.compile("[\\w-]+(/|\\.(safetensors|npz|json|zip|html))");
  private static final List<String> WRITES = List.of("-o", "--html");

  /**
   * A command of the page.
   *
   * @param words what follows {@code bitref}, paths as they are during the test
   * @param code the exit code that the page says
   */
  record Command(List<String> words, int code) {
    /** Runs to the end: with that exit code, and all files written. */
    Cli run() {
      Cli run = Cli.run(words.toArray()).exits(code);
      for (int i = 1; i < words.size(); i++) {
        if (WRITES.contains(words.get(i - 1))) {
          assertTrue(Files.exists(Path.of(words.get(i))), words + " writes no " + words.get(i));
        }
      }
      return run;
    }
  }

  /** Runs all commands in their order. */
  List<Cli> run() throws IOException {
    return commands().stream().map(Command::run).toList();
  }

  /** The commands in their order, once the files are saved that the page says to save. */
  List<Command> commands() throws IOException {
    String text = Files.readString(Cli.DEMO.resolve("../docs").resolve(name));
    Matcher saved = SAVED.matcher(text);
    while (saved.find()) {
      String content = saved.group(2).replace("cli/demo", Cli.DEMO.toString());
      Files.writeString(folder.resolve(saved.group(1)), content);
    }
    List<Command> commands = new ArrayList<>();
    Matcher command = COMMAND.matcher(text);
    while (command.find()) {
      String line = command.group(1).replaceAll("\\\\\n *", "");
      Matcher code = CODE.matcher(line);
      int expected = code.find() ? Integer.parseInt(code.group(1)) : 0;
      commands.add(new Command(words(CODE.matcher(line).replaceAll("")), expected));
    }
    assertFalse(commands.isEmpty(), name + " has no command");
    return commands;
  }

  private List<String> words(String line) {
    Matcher word = WORD.matcher(line.substring("bitref ".length()));
    List<String> words = new ArrayList<>();
    while (word.find()) {
      words.add(word.group(1) != null ? word.group(1) : path(word.group(2)));
    }
    return words;
  }

  /** What stands for a file, where it is during the test. */
  private String path(String word) {
    Matcher named = NAMED.matcher(word);
    assertTrue(named.matches(), word);
    String name = named.group(1) == null ? "" : named.group(1);
    String file = named.group(2);
    if (file.startsWith("cli/demo/")) {
      return name + Cli.DEMO.resolve(file.substring("cli/demo/".length()));
    }
    return FILE.matcher(file).matches() ? name + folder.resolve(file) : word;
  }
}
