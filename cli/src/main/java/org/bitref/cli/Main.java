package org.bitref.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.bitref.cli.bundle.BundleCommand;
import org.bitref.cli.compare.CompareCommand;
import org.bitref.cli.console.Session;
import org.bitref.cli.demo.DemoCommand;
import org.bitref.cli.explain.ExplainCommand;
import org.bitref.cli.gemm.GemmCommand;
import org.bitref.cli.golden.GoldenCommand;
import org.bitref.cli.identify.IdentifyCommand;
import org.bitref.cli.inspect.InspectCommand;
import org.bitref.cli.predict.PredictCommand;
import org.bitref.cli.probe.ProbeCommand;
import org.bitref.cli.recipes.RecipesCommand;
import org.bitref.cli.sweep.SweepCommand;
import org.bitref.cli.synth.SynthCommand;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.TypeConversionException;

/** The command line: all commands, and the entry point. */
public final class Main {
  private Main() {}

  /** Runs one command line and ends the process. */
  public static void main(String[] args) {
    // Unlike System.out this stream reports its errors.
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    warning(Runtime.version()).ifPresent(err::println);
    List<String> terminals = List.of(System.getProperty("bitref.terminals", "").split(","));
    boolean colours = terminals.contains("out") && System.getenv("NO_COLOR") == null;
    System.exit(run(args, out, err, terminals.contains("err"), colours));
  }

  /**
   * What to say at the start on a JVM whose default collector can lose data of arrays that native
   * code holds, as that of {@code java.util.zip} does (JDK-8377811).
   */
  static Optional<String> warning(Runtime.Version version) {
    if (version.compareToIgnoreOptional(Runtime.Version.parse("25.0.3")) >= 0) {
      return Optional.empty();
    }
    return Optional.of(
        "bitref: Java "
            + version
            + " can lose data with the G1 collector (JDK-8377811); take 25.0.3 or newer");
  }

  /** Runs one command line without a terminal and returns its exit code. */
  public static int run(String[] args, OutputStream out, PrintStream err) {
    return run(args, out, err, false, false);
  }

  private static int run(
      String[] args, OutputStream out, PrintStream err, boolean interactive, boolean colours) {
    Session session = new Session(out, err, interactive);
    Failures failures = new Failures(session);
    CommandLine line =
        commands(session)
            .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
            .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
            .setColorScheme(CommandLine.Help.defaultColorScheme(colours ? Ansi.ON : Ansi.OFF))
            .setParameterExceptionHandler((e, _) -> failures.usage(e))
            .setExecutionExceptionHandler((e, command, _) -> failures.execution(e, command));
    try {
      return line.execute(args);
    } catch (OutOfMemoryError e) {
      return failures.outOfMemory(e);
    } catch (StackOverflowError | LinkageError e) {
      return failures.internal(e);
    }
  }

  /** All commands, their options and how they are read. */
  static CommandLine commands(Session session) {
    return new CommandLine(session)
        .addSubcommand(new DemoCommand())
        .addSubcommand(new InspectCommand())
        .addSubcommand(new GoldenCommand())
        .addSubcommand(new CompareCommand())
        .addSubcommand(new ExplainCommand())
        .addSubcommand(new GemmCommand())
        .addSubcommand(new IdentifyCommand())
        .addSubcommand(new ProbeCommand())
        .addSubcommand(new PredictCommand())
        .addSubcommand(new RecipesCommand())
        .addSubcommand(new SweepCommand())
        .addSubcommand(new SynthCommand())
        .addSubcommand(BundleCommand.line(session))
        .addSubcommand(new CompletionCommand())
        .addSubcommand(new ManCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setAbbreviatedOptionsAllowed(false)
        .registerConverter(Pattern.class, Main::regex);
  }

  private static Pattern regex(String text) {
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new TypeConversionException(
          "'%s' is no regular expression: %s".formatted(text, e.getDescription()));
    }
  }
}
