package org.bitref.cli.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The interpreter that the property {@code bitref.python} names; without it, tests are skipped. */
public record Python(String interpreter, Path folder) {

  /** An interpreter with these modules; its output goes to a file in the folder. */
  public static Python with(String modules, Path folder) throws IOException, InterruptedException {
    String interpreter = System.getProperty("bitref.python", "");
    assumeTrue(!interpreter.isEmpty(), "-Dbitref.python names no interpreter");
    Python python = new Python(interpreter, folder);
    assumeTrue(python.status("-c", "import " + modules) == 0, () -> "no " + modules + " there");
    return python;
  }

  private int status(Object... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(interpreter));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log().toFile())
        .start()
        .waitFor();
  }

  private Path log() {
    return folder.resolve("python.log");
  }

  /** Runs a script to its end. */
  public void run(Path script, Object... arguments) throws IOException, InterruptedException {
    List<Object> all = new ArrayList<>(List.of(script));
    all.addAll(List.of(arguments));
    int status = status(all.toArray());
    assertEquals(0, status, Files.readString(log()));
  }
}
