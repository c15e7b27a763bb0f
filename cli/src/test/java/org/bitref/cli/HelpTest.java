package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What {@code --help}, the completion scripts and the manual page say of all commands. */
class HelpTest {
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  private static CommandLine commands() {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
    return Commands.all(new Session(nowhere, nowhere, false));
  }

  static Stream<String> everyCommand() {
    List<String> names = new ArrayList<>();
    collect(commands(), names);
    assertTrue(names.contains("bitref golden") && names.contains("bitref probe make"));
    return names.stream();
  }

  private static void collect(CommandLine command, List<String> names) {
    names.add(command.getCommandSpec().qualifiedName());
    for (CommandLine one : command.getSubcommands().values()) {
      collect(one, names);
    }
  }

  private static CommandLine find(CommandLine bitref, String qualifiedName) {
    CommandLine command = bitref;
    for (String name : qualifiedName.split(" ", -1)) {
      command = name.equals("bitref") ? command : command.getSubcommands().get(name);
    }
    return command;
  }

  @ParameterizedTest
  @MethodSource("everyCommand")
  void everyCommandHasExamplesThatParse(String name) {
    List<String> examples = examples(find(commands(), name).getCommandSpec());
    assertFalse(examples.isEmpty(), "no example of " + name);
    assertTrue(
        examples.stream().anyMatch(line -> line.contains(name)), () -> name + ": " + examples);
    for (String example : examples) {
      int at = example.indexOf("bitref ");
      if (at >= 0 && !example.startsWith("python3")) {
        commands().parseArgs(words(example.substring(at + "bitref ".length())));
      }
    }
  }

  /** The indented lines of the footer, continued ones joined. */
  private static List<String> examples(CommandSpec spec) {
    String footer = String.join("\n", spec.usageMessage().footer());
    assertTrue(Pattern.compile("(?m)^Examples?:$").matcher(footer).find(), footer);
    return footer
        .replaceAll("\\\\\n *", "")
        .lines()
        .filter(line -> line.startsWith("  "))
        .map(String::strip)
        .toList();
  }

  /** The arguments as a shell passes them, up to a pipe, a redirection or the end of a group. */
  private static String[] words(String line) {
    Matcher word = WORD.matcher(line.replaceAll("[|>)] *.*$|\\)$", ""));
    List<String> words = new ArrayList<>();
    while (word.find()) {
      words.add(word.group(1) != null ? word.group(1) : word.group(2));
    }
    return words.toArray(String[]::new);
  }

  @ParameterizedTest
  @MethodSource("everyCommand")
  void helpIsAResultThatFitsATerminal(String name) {
    String[] path = (name + " --help").substring("bitref ".length()).split(" ");
    Cli run = Cli.run((Object[]) path).exits(0);
    assertEquals("", run.err());
    assertTrue(run.out().contains("--format"), run.out());
    run.out().lines().forEach(line -> assertTrue(line.length() <= 80, line));
  }

  @Test
  void versionNamesTheBuildTheJvmAndTheVectors() {
    List<String> lines = Cli.run("--version").exits(0).out().lines().toList();
    assertEquals("bitref " + Version.BITREF + ", commit " + Version.COMMIT, lines.get(0));
    assertFalse(lines.get(0).contains("$"), lines.toString());
    assertTrue(lines.get(1).startsWith("Java 25"), lines.toString());
    assertTrue(lines.get(2).matches("Vectors: (.+, \\d+ lanes|scalar .+)"), lines.toString());
  }

  @Test
  void bashAndZshShareAScript() {
    String script = Cli.run("completion", "bash").exits(0).out();
    assertTrue(script.startsWith("#!"), script);
    assertTrue(script.contains("golden") && script.contains("--allow-missing"));
    assertEquals(script, Cli.run("completion", "zsh").exits(0).out());
  }

  @Test
  void fishKnowsEveryCommandAndOption() {
    String script = Cli.run("completion", "fish").exits(0).out();
    everyCommand().filter(name -> !name.endsWith(" man")).forEach(name -> inFish(script, name));
    assertTrue(script.contains("-l format -x -a 'text json markdown'"), script);
    assertTrue(
        script.contains("-n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'"));
    for (String line : script.lines().skip(1).toList()) {
      assertTrue(line.startsWith("complete -c bitref"), line);
      assertEquals(0, line.replace("\\'", "").chars().filter(c -> c == '\'').count() % 2, line);
    }
  }

  private static void inFish(String script, String name) {
    String last = name.substring(name.lastIndexOf(' ') + 1);
    assertTrue(last.equals("bitref") || script.contains(" -a " + last), name);
    for (OptionSpec option : find(commands(), name).getCommandSpec().options()) {
      String longest = option.longestName();
      assertTrue(option.hidden() || script.contains(" -l " + longest.substring(2)), longest);
    }
  }

  @Test
  void theManualHoldsTheHelpOfEveryCommand() {
    String page = Cli.run("man").exits(0).out();
    assertTrue(page.startsWith(".TH BITREF 1 "), page);
    everyCommand()
        .filter(name -> name.contains(" ") && !name.endsWith(" man"))
        .forEach(name -> assertTrue(page.contains(".SH \"" + name + "\"\n"), name));
    assertTrue(page.contains("\\-\\-allow\\-missing"), page);
    assertTrue(page.contains("'layers\\e..*'"), page);
  }
}
