package org.bitref.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.bitref.BadInputException;
import org.bitref.cli.bundle.BundleCommand;
import org.bitref.cli.compare.CompareCommand;
import org.bitref.cli.console.Session;
import org.bitref.cli.demo.DemoCommand;
import org.bitref.cli.explain.ExplainCommand;
import org.bitref.cli.gemm.GemmCommand;
import org.bitref.cli.golden.GoldenCommand;
import org.bitref.cli.identify.IdentifyCommand;
import org.bitref.cli.inspect.InspectCommand;
import org.bitref.cli.pack.PackCommand;
import org.bitref.cli.predict.PredictCommand;
import org.bitref.cli.probe.ProbeCommand;
import org.bitref.cli.recipes.RecipesCommand;
import org.bitref.cli.sweep.SweepCommand;
import org.bitref.cli.synth.SynthCommand;
import org.bitref.loaders.file.RunFiles;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** The tree of commands, and one run through it. */
final class Commands {
  private Commands() {}

  /** Runs one command line and returns its exit code. */
  static int run(Session session, String[] args, boolean colours) {
    Failures failures = new Failures(session);
    StringWriter help = new StringWriter();
    try {
      CommandLine line =
          all(session)
              .setOut(new PrintWriter(help))
              .setColorScheme(CommandLine.Help.defaultColorScheme(colours ? Ansi.ON : Ansi.OFF))
              .setParameterExceptionHandler((e, _) -> failures.usage(e))
              .setExecutionStrategy(parsed -> execute(session, parsed))
              .setExecutionExceptionHandler((e, command, _) -> failures.execution(e, command))
              .setExitCodeExceptionMapper(failures::code);
      failures.read(line, args);
      checkNames(args);
      int code =
          RunFiles.run(
              session::warn,
              () -> {
                String[] words = ArgumentFiles.expand(args);
                failures.read(line, words);
                return line.execute(words);
              });
      session.print(help.toString());
      return code;
    } catch (BadInputException | Error e) {
      return failures.code(e);
    }
  }

  private static int execute(Session session, ParseResult parsed) {
    if (!parsed.isUsageHelpRequested() && !parsed.isVersionHelpRequested()) {
      session.check(parsed.asCommandLineList().getLast());
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  /** In a locale that lacks a character the JVM puts U+FFFD into its place. */
  private static void checkNames(String[] args) {
    String encoding = System.getProperty("sun.jnu.encoding", "");
    if (encoding.equals("UTF-8")) {
      return;
    }
    for (String name : List.of(String.join(" ", args), System.getProperty("user.dir", ""))) {
      if (name.contains("\uFFFD")) {
        throw new BadInputException(
            "\"" + name + "\"",
            "holds characters that the encoding of this locale, %s, does not have"
                .formatted(encoding),
            "Choose a locale of UTF-8, such as LC_ALL=C.UTF-8.");
      }
    }
  }

  /** All commands, their options and how they are read. */
  static CommandLine all(Session session) {
    return new CommandLine(session)
        .addSubcommand(new DemoCommand())
        .addSubcommand(new InspectCommand())
        .addSubcommand(new GoldenCommand())
        .addSubcommand(new CompareCommand())
        .addSubcommand(new ExplainCommand())
        .addSubcommand(new GemmCommand())
        .addSubcommand(new IdentifyCommand())
        .addSubcommand(new PackCommand())
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
        .setExpandAtFiles(false)
        .registerConverter(Pattern.class, Commands::regex);
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
