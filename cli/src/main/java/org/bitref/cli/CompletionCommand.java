package org.bitref.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Result;
import org.bitref.cli.console.Session;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code bitref completion}. */
@Command(
    name = "completion",
    description = "Print a script that completes commands and options in a shell.",
    footer = {
      "Examples:",
      "  source <(bitref completion bash)",
      "  bitref completion fish | source",
    })
final class CompletionCommand implements Callable<Integer> {
  @ParentCommand private Session session;
  @Spec private CommandSpec spec;

  /** Shells that the script works in. */
  enum Shell {
    BASH,
    ZSH,
    FISH
  }

  @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
  private Shell shell;

  @Override
  public Integer call() {
    CommandLine bitref = spec.root().commandLine();
    // The script for bash turns on zsh's bash emulation by itself.
    String script =
        shell == Shell.FISH
            ? new FishCompletion(bitref).toString()
            : AutoComplete.bash("bitref", bitref);
    return session.finish("completion", new Script(shell.name().toLowerCase(Locale.ROOT), script));
  }

  private record Script(String shell, String script) implements Result {
    @Override
    public void text(Lines text) {
      text.block(script);
    }
  }
}
