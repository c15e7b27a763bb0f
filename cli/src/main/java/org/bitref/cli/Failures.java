package org.bitref.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.List;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.cli.FailureReport.Problem;
import org.bitref.cli.console.Json;
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
  private Asked asked = Asked.NOTHING;

  Failures(Session session) {
    this.session = session;
  }

  /** What fails from here on is of this command line. */
  void read(CommandLine bitref, String... words) {
    asked = Asked.of(bitref, words);
  }

  int usage(ParameterException e) {
    String message = e.getMessage().strip().replaceAll("\\s+", " ") + ".";
    session.warn(message);
    StringWriter suggestions = new StringWriter();
    UnmatchedArgumentException.printSuggestions(e, new PrintWriter(suggestions));
    List<String> hints = new ArrayList<>(suggestions.toString().strip().lines().toList());
    hints.add("Try: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
    hints.forEach(session::say);
    return json(Problem.of(USAGE, message, String.join(" ", hints)));
  }

  /** The only thing on standard output, where JSON is expected. */
  private int json(Problem problem) {
    if (asked.json() && !session.hasPrinted()) {
      try {
        session.print(Json.object("error", new FailureReport(asked.command(), problem)));
      } catch (BadInputException _) {
        // Standard error has said what matters.
      }
    }
    return problem.code();
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
        trace(e);
        yield json(Problem.of(BAD_INPUT, bad));
      }
      case OutOfMemoryError memory -> {
        String message = "out of memory (%s).".formatted(memory.getMessage());
        session.warn(message + " " + more(memory));
        trace(e);
        yield json(Problem.of(Main.INTERNAL, message, more(memory)));
      }
      case Throwable other -> {
        String message = other.getMessage() == null ? "" : ": " + other.getMessage();
        String line =
            "internal error: "
                + (other.getClass().getSimpleName() + message).replaceAll("\\s+", " ");
        session.warn(line + " (--debug shows where)");
        trace(e);
        yield json(Problem.of(Main.INTERNAL, line, "--debug shows where."));
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

  private void trace(Throwable e) {
    if (session.debug()) {
      session.trace(e);
    }
  }
}
