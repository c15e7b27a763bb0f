package org.bitref.cli.bundle;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.UsageException;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code bitref bundle}. */
@Command(
    name = "bundle",
    description = "Pack one finding into a file that anyone can run again.",
    footer = {
      "Examples:",
      "  bitref bundle make dump.safetensors --x q.x --w q.w --y q.y \\",
      "      --recipe tensorrt-f16-f16acc -o finding.zip",
      "  bitref bundle verify finding.zip",
    })
public final class BundleCommand implements Callable<Integer> {
  private final Session session;

  private BundleCommand(Session session) {
    this.session = session;
  }

  /** The command with its subcommands, reporting to this session. */
  public static CommandLine line(Session session) {
    return new CommandLine(new BundleCommand(session)).addSubcommand(new MakeCommand(session));
  }

  @Override
  public Integer call() {
    throw new UsageException("Missing command: make or verify");
  }

  @Command(
      name = "verify",
      description = "Run a bundle again and say if the same comes out.",
      footer = {
        "Example:",
        "  bitref bundle verify finding.zip",
        "Exit code 0: it holds, to the bit. 1: something else came out.",
      })
  int verify(@Parameters(paramLabel = "FILE", description = "What make wrote.") Path file) {
    try (BundleFile opened = BundleFile.open(file);
        Workers workers = session.workers();
        var _ = session.progress("bundle")) {
      Bundle bundle = opened.bundle();
      Captured<?> stage = CaseTensors.stage(bundle.kind(), bundle.eps(), opened.tensors());
      Finding found = Finding.of(bundle.parsed(file.toString()), stage, workers);
      return session.finish(
          "bundle.verify", new BundleReports.Verified(file.toString(), bundle, found));
    }
  }
}
