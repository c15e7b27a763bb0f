package org.bitref.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.bitref.BadInputException;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.UsageException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into one message and an exit code. */
final class Failures {
  private static final int USAGE = 2;
  private static final int BAD_INPUT = 3;
  private static final int INTERNAL = 70;

  private final Session session;

  Failures(Session session) {
    this.session = session;
  }

  int usage(ParameterException e) {
    CommandLine command = e.getCommandLine();
    session.warn(e.getMessage().strip().replaceAll("\\s+", " ") + ".");
    StringWriter hint = new StringWriter();
    UnmatchedArgumentException.printSuggestions(e, new PrintWriter(hint));
    if (!hint.toString().isBlank()) {
      hint.toString().strip().lines().forEach(session::say);
    }
    session.say("Try: " + command.getCommandSpec().qualifiedName() + " --help");
    return USAGE;
  }

  int execution(Exception e, CommandLine command) {
    return switch (e) {
      case UsageException _ -> usage(new ParameterException(command, e.getMessage()));
      case BadInputException _ -> {
        session.warn(e.getMessage());
        yield trace(e, BAD_INPUT);
      }
      default -> internal(e);
    };
  }

  int outOfMemory(OutOfMemoryError e) {
    session.warn(
        "out of memory (%s). Allow more with BITREF_OPTS=-Xmx16g, or do less at a time (--layers)."
            .formatted(e.getMessage()));
    return trace(e, INTERNAL);
  }

  int internal(Throwable e) {
    String message = e.getMessage() == null ? "" : ": " + e.getMessage();
    String line = (e.getClass().getSimpleName() + message).replaceAll("\\s+", " ");
    session.warn("internal error: " + line + " (--debug shows where)");
    return trace(e, INTERNAL);
  }

  private int trace(Throwable e, int code) {
    if (session.debug()) {
      session.trace(e);
    }
    return code;
  }
}
