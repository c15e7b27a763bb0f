package org.bitref.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import org.bitref.cli.console.Result;
import org.bitref.cli.console.Session;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bitref completion}. */
@Command(
    name = "completion",
    description = "Print a script that completes commands and options in a shell.",
    footer = {"Example:", "  source <(bitref completion bash)"})
final class CompletionCommand implements Callable<Integer> {
  private final Session session;
  @Spec private CommandSpec spec;

  /** Shells that the script works in. */
  enum Shell {
    BASH,
    ZSH
  }

  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  private Shell shell;

  CompletionCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    String script = AutoComplete.bash("bitref", spec.root().commandLine());
    return session.finish("completion", new Script(shell.name().toLowerCase(Locale.ROOT), script));
  }

  // The script turns on zsh's bash emulation by itself.
  private record Script(String shell, String script) implements Result {
    @Override
    public String text() {
      return script;
    }
  }
}
