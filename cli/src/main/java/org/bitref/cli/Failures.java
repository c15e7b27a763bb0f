package org.bitref.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.InvalidPathException;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.cli.console.Session;
import org.bitref.cli.console.UsageException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into one message and an exit code. */
final class Failures {
  private static final int USAGE = 2;
  private static final int BAD_INPUT = 3;

  /** What the JVM says of a read from mapped memory behind the end of the file. */
  private static final String FAULT = "unsafe memory access";

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
    return e instanceof UsageException
        ? usage(new ParameterException(command, e.getMessage()))
        : code(e);
  }

  /** Says what went wrong. */
  int code(Throwable e) {
    return switch (reason(e)) {
      case BadInputException bad -> {
        session.warn(bad.getMessage());
        yield trace(e, BAD_INPUT);
      }
      case OutOfMemoryError memory -> {
        session.warn("out of memory (%s). %s".formatted(memory.getMessage(), more(memory)));
        yield trace(e, Main.INTERNAL);
      }
      case Throwable other -> {
        String message = other.getMessage() == null ? "" : ": " + other.getMessage();
        String line = (other.getClass().getSimpleName() + message).replaceAll("\\s+", " ");
        session.warn("internal error: " + line + " (--debug shows where)");
        yield trace(e, Main.INTERNAL);
      }
    };
  }

  /**
   * A file that changes while it is read can make anything fail. The source that is closed then
   * knows of it, and what it throws is kept beside the failure.
   */
  private static Throwable reason(Throwable e) {
    for (Throwable at = e; at != null; at = at.getCause()) {
      for (Throwable beside : at.getSuppressed()) {
        if (reason(beside) instanceof BadInputException bad) {
          return bad;
        }
      }
    }
    if (e instanceof InvalidPathException path) {
      // Only texts of others are no paths: of a settings file, a dump, an argument.
      return new BadInputException(
          Text.quote(path.getInput()),
          "is no file name: " + path.getReason(),
          "Correct the name.",
          e);
    }
    boolean fault = e instanceof InternalError && String.valueOf(e.getMessage()).contains(FAULT);
    return fault
        ? new BadInputException("an input", "changed while it was read", "Start again.", e)
        : e;
  }

  private static String more(OutOfMemoryError e) {
    return String.valueOf(e.getMessage()).contains("native thread")
        ? "Use fewer threads (--threads 1), or allow more (ulimit -u)."
        : "Allow more with BITREF_OPTS=-Xmx16g, or do less at a time (--layers).";
  }

  private int trace(Throwable e, int code) {
    if (session.debug()) {
      session.trace(e);
    }
    return code;
  }
}
