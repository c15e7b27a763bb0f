package org.bitref.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Other processes, and what they print. */
final class Child {
  private Child() {}

  /**
   * Runs a main class in a JVM with the timed flags and this run's settings.
   *
   * @throws IllegalStateException if it fails
   */
  static String java(Class<?> main, String... arguments) throws IOException, InterruptedException {
    return java(main, Map.of(), arguments);
  }

  /** The same with variables of the environment set. */
  static String java(Class<?> main, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(Machine.FLAGS);
    command.add("--enable-native-access=ALL-UNNAMED");
    System.getProperties()
        .forEach(
            (name, value) -> {
              if (name.toString().startsWith("bench.") || name.equals("bitref.captures")) {
                command.add("-D" + name + "=" + value);
              }
            });
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    // JVMs of JMH print this where their results go.
    return run(main.getSimpleName(), command, environment)
        .replaceAll("(?m)^WARNING: Using incubator modules: .*\\R", "");
  }

  /**
   * Runs a command; its messages go where this process's go.
   *
   * @param what it is called if it fails
   * @param environment variables to set
   * @return its standard output
   * @throws IllegalStateException if it fails
   */
  static String run(String what, List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    if (status != 0) {
      throw new IllegalStateException(what + ": exit code " + status);
    }
    return printed;
  }
}
