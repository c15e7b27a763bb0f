package org.bitref.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bitref.cli.console.Session;

/**
 * The entry point. No member is of a type of a library, so that it also starts where one is
 * missing, and can say so.
 */
public final class Main {
  static final int INTERNAL = 70;

  private Main() {}

  /** Runs one command line and ends the process. */
  public static void main(String[] args) {
    // Our own words do not depend on it; those of libraries do.
    Locale.setDefault(Locale.ROOT);
    // Unlike System.out this stream reports its errors.
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    warning(Runtime.version()).ifPresent(err::println);
    List<String> terminals = List.of(System.getProperty("bitref.terminals", "").split(","));
    boolean colours = terminals.contains("out") && System.getenv("NO_COLOR") == null;
    // The JVM itself would end with the code that means "unequal".
    int code = INTERNAL;
    try {
      code = run(args, out, err, terminals.contains("err"), colours);
    } catch (Throwable e) {
      err.println("bitref: internal error: " + e);
    } finally {
      System.exit(code);
    }
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
    return Commands.run(new Session(out, err, interactive), args, colours);
  }
}
