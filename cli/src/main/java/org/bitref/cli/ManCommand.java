package org.bitref.cli;

import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Result;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.Version;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bitref man}: what {@code --help} says of every command, as one page for man. */
@Command(
    name = "man",
    hidden = true,
    description = "Print the manual page.",
    footer = {"Example:", "  bitref man > bitref.1"})
final class ManCommand implements Callable<Integer> {
  private static final Pattern LEADING_CONTROL = Pattern.compile("(?m)^([.'])");

  @ParentCommand private Session session;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    CommandLine bitref = spec.root().commandLine();
    StringBuilder page = new StringBuilder();
    page.append(".TH BITREF 1 \"\" \"bitref %s\"\n".formatted(Version.BITREF));
    page.append(".SH NAME\nbitref \\- ");
    page.append(roff(bitref.getCommandSpec().usageMessage().description()[0])).append('\n');
    section(page, "SYNOPSIS AND COMMANDS", bitref);
    add(page, bitref);
    return session.finish("man", new ManualPage(page.toString()));
  }

  private static void add(StringBuilder page, CommandLine command) {
    command.getSubcommands().values().stream()
        .distinct()
        .filter(one -> !one.getCommandSpec().usageMessage().hidden())
        .forEach(
            one -> {
              section(page, one.getCommandSpec().qualifiedName(), one);
              add(page, one);
            });
  }

  private static void section(StringBuilder page, String title, CommandLine command) {
    page.append(".SH \"").append(title).append("\"\n.nf\n");
    page.append(roff(command.getUsageMessage(Ansi.OFF).stripTrailing())).append("\n.fi\n");
  }

  private static String roff(String text) {
    String escaped = text.replace("\\", "\\e").replace("-", "\\-");
    return LEADING_CONTROL.matcher(escaped).replaceAll("\\\\&$1");
  }

  private record ManualPage(String page) implements Result {
    @Override
    public void text(Lines text) {
      text.block(page);
    }
  }
}
