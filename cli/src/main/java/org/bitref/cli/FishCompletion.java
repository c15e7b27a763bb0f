package org.bitref.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A script that completes in fish. An option or a command is offered where the commands before it
 * were given; parameters are files unless they have a list of values.
 *
 * @see <a href="https://fishshell.com/docs/current/cmds/complete.html">complete</a>
 */
record FishCompletion(CommandLine bitref) {
  @Override
  public String toString() {
    StringBuilder script = new StringBuilder("# fish completion of bitref\n");
    add(script, bitref, List.of());
    return script.toString();
  }

  private static void add(StringBuilder script, CommandLine command, List<String> path) {
    CommandSpec spec = command.getCommandSpec();
    List<CommandLine> subcommands =
        spec.subcommands().values().stream()
            .distinct()
            .filter(one -> !one.getCommandSpec().usageMessage().hidden())
            .toList();
    String names =
        subcommands.stream().map(CommandLine::getCommandName).collect(Collectors.joining(" "));
    String here = condition(path);
    String before = names.isEmpty() ? here : and(here, "not __fish_seen_subcommand_from " + names);
    for (CommandLine one : subcommands) {
      line(script, before, "-a " + one.getCommandName(), first(one));
    }
    for (OptionSpec option : spec.options()) {
      if (!option.hidden() && (path.isEmpty() || !option.inherited())) {
        line(script, path.isEmpty() ? "" : before, flags(option), first(option.description()));
      }
    }
    for (ArgSpec parameter : spec.positionalParameters()) {
      String values = values(parameter);
      if (!values.isEmpty()) {
        line(script, before, "-f -a '" + values + "'", first(parameter.description()));
      }
    }
    for (CommandLine one : subcommands) {
      List<String> inner = new ArrayList<>(path);
      inner.add(one.getCommandName());
      add(script, one, inner);
    }
  }

  private static String condition(List<String> path) {
    return path.stream()
        .map("__fish_seen_subcommand_from %s"::formatted)
        .collect(Collectors.joining("; and "));
  }

  private static String and(String left, String right) {
    return left.isEmpty() ? right : left + "; and " + right;
  }

  private static String flags(OptionSpec option) {
    String names =
        Stream.of(option.names())
            .map(name -> name.startsWith("--") ? "-l " + name.substring(2) : "-s " + name.charAt(1))
            .collect(Collectors.joining(" "));
    if (option.arity().max() == 0) {
      return names;
    }
    String values = values(option);
    return names + (values.isEmpty() ? " -r" : " -x -a '" + values + "'");
  }

  /** What may stand there, in lower case as in the help; empty if anything may. */
  private static String values(ArgSpec argument) {
    if (argument.completionCandidates() == null) {
      return "";
    }
    return StreamSupport.stream(argument.completionCandidates().spliterator(), false)
        .map(name -> name.toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(" "));
  }

  private static String first(CommandLine command) {
    return first(command.getCommandSpec().usageMessage().description());
  }

  private static String first(String[] description) {
    return description.length == 0 ? "" : description[0];
  }

  private static void line(StringBuilder script, String condition, String what, String text) {
    script.append("complete -c bitref");
    if (!condition.isEmpty()) {
      script.append(" -n '").append(condition).append('\'');
    }
    script.append(' ').append(what);
    if (!text.isEmpty()) {
      script.append(" -d '").append(text.replace("\\", "\\\\").replace("'", "\\'")).append('\'');
    }
    script.append('\n');
  }
}
