package org.bitref.cli.golden;

import java.nio.file.Files;
import java.nio.file.Path;
import org.bitref.cli.console.Session;

/** Says how to go on where a run is stopped or fails and leaves results behind. */
final class Interruption implements AutoCloseable {
  private final Session session;
  private final PartialFolder partial;
  private final Thread hook = new Thread(this::say);

  Interruption(Session session, PartialFolder partial) {
    this.session = session;
    this.partial = partial;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void say() {
    if (Files.isDirectory(Path.of(partial.name()))) {
      session.warn("stopped; what is finished is in " + partial.name() + ": go on with --resume");
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
      say();
    } catch (IllegalStateException _) {
      // The process is ending already: the hook has run.
    }
  }
}
