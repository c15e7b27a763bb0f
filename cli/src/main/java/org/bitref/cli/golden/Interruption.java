package org.bitref.cli.golden;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bitref.BadInputException;
import org.bitref.cli.console.Session;

/** Says how to go on where a run is stopped or fails and leaves results behind. */
final class Interruption implements AutoCloseable {
  private final Session session;
  private final PartialFolder partial;
  private final Thread hook = new Thread(this::say);
  private boolean explained;

  Interruption(Session session, PartialFolder partial) {
    this.session = session;
    this.partial = partial;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void say() {
    if (!explained && Files.isDirectory(Path.of(partial.name()))) {
      session.warn("stopped; what is finished is in " + partial.name() + ": go on with --resume");
    }
  }

  /**
   * What to throw for bad input in the middle of a run. A disk that is full can be helped and what
   * is finished stays; other input is no better the next time, and a new run leaves nothing.
   */
  BadInputException explain(BadInputException e, Path out, boolean resumed) {
    explained = true;
    if (!(e.getCause() instanceof IOException)) {
      if (!resumed) {
        partial.delete();
      }
      return e;
    }
    String reason = e.getCause().getMessage();
    return new BadInputException(
        out.toString(),
        "cannot be written: " + reason,
        "Free space and go on with --resume: what is finished is in " + partial.name() + ".",
        e);
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
