package org.bitref.cli.console;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.kernel.Workers;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The settings of one run of the program, options of every command, and where output goes. */
@Command(
    name = "bitref",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Version.class,
    description = "Bit-level reference for the text prefill of Qwen3-VL models.",
    synopsisSubcommandLabel = "COMMAND",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  bitref demo",
      "  bitref compare golden.safetensors dump.safetensors",
      "  bitref golden --help",
    },
    usageHelpAutoWidth = false)
public final class Session implements Runnable {
  /** How a result is rendered. */
  public enum Format {
    TEXT,
    JSON,
    MARKDOWN
  }

  private static final int MESSAGE = 2000;

  private final OutputStream out;
  private final PrintStream err;
  private final boolean interactive;
  private boolean printed;

  @Spec private CommandSpec spec;

  @Option(
      names = "--format",
      scope = ScopeType.INHERIT,
      paramLabel = "text|json|markdown",
      description = "How the result is printed; text unless given. markdown: to paste.")
  private Format format = Format.TEXT;

  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--seed",
      scope = ScopeType.INHERIT,
      paramLabel = "N",
      description = "Seed of everything drawn at random; 0 unless given.")
  private long seed;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an internal error.")
  private boolean debug;

  /**
   * @param out takes the result and nothing else
   * @param err takes progress, warnings and messages
   * @param interactive true if {@code err} is a terminal
   */
  public Session(OutputStream out, PrintStream err, boolean interactive) {
    this.out = out;
    this.err = err;
    this.interactive = interactive;
  }

  @Option(
      names = "--threads",
      scope = ScopeType.INHERIT,
      paramLabel = "N",
      description = "Threads to use; all processors unless given. Results do not depend on it.")
  void threads(int number) {
    if (number < 1) {
      throw new ParameterException(
          spec.commandLine(), "Invalid value for option '--threads': at least 1, not " + number);
    }
    threads = number;
  }

  @Override
  public void run() {
    throw new UsageException("Missing command");
  }

  /** The seed of everything that is drawn at random. */
  public long seed() {
    return seed;
  }

  /** True if internal errors come with a stack trace. */
  public boolean debug() {
    return debug;
  }

  /** New threads, as many as set; the caller closes them. */
  public Workers workers() {
    return new Workers(threads);
  }

  /** A warning or note for people, on one line whatever foreign text it holds. */
  public void warn(String line) {
    say("bitref: " + line);
  }

  /** A line for people that stands below a message. */
  public void say(String line) {
    err.println(Text.printable(line, MESSAGE));
  }

  /** Where an error came from. */
  public void trace(Throwable e) {
    StringWriter trace = new StringWriter();
    e.printStackTrace(new PrintWriter(trace));
    err.print(Text.lines(trace.toString()));
  }

  /** Shows the progress of work worth {@code total} units until it is closed. */
  public Progress progress(String task, long total) {
    return Progress.on(err, task, total, interactive);
  }

  /** The same for work of which only the end is known when it comes. */
  public Progress progress(String task) {
    return progress(task, -1);
  }

  /**
   * Writes the result of a command and returns its exit code.
   *
   * @throws BadInputException as {@link #print}
   */
  public int finish(String command, Result result) {
    print(
        switch (format) {
          case JSON -> Json.object(command, result);
          case MARKDOWN -> markdown((Summary) result);
          case TEXT -> {
            Lines text = new Lines();
            result.text(text);
            yield text.toString();
          }
        });
    return result.outcome().code();
  }

  private static String markdown(Summary result) {
    Markdown text = new Markdown();
    result.markdown(text);
    return text.toString();
  }

  /**
   * Refuses a format that a command does not have, before it begins.
   *
   * @throws ParameterException if it is none of the command's
   */
  public void check(CommandLine command) {
    Object asked = command.getCommand();
    if (format == Format.MARKDOWN && !(asked instanceof SummarisedCommand)) {
      throw new ParameterException(
          command,
          "Invalid value for option '--format': %s has no markdown; it is of compare, explain and"
                  .formatted(command.getCommandName())
              + " identify");
    }
  }

  /** True once anything has been written to standard output, or was to be. */
  public boolean hasPrinted() {
    return printed;
  }

  /**
   * Writes to standard output.
   *
   * @throws BadInputException if it cannot be written; a reader that has gone is no error
   */
  public void print(String text) {
    printed |= !text.isEmpty();
    try {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      String reason = String.valueOf(e.getMessage());
      if (!reason.contains("Broken pipe") && !reason.toLowerCase(Locale.ROOT).contains("closed")) {
        throw new BadInputException(
            "standard output", "cannot be written: " + reason, "Send it somewhere else.", e);
      }
    }
  }
}
