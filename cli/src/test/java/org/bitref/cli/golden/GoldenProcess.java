package org.bitref.cli.golden;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bitref.cli.Cli;
import org.bitref.cli.Main;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * The command golden in a process of its own, to be killed.
 *
 * @param log what it says
 */
record GoldenProcess(Process process, Path log) implements AutoCloseable {

  /** Starts it. */
  static GoldenProcess start(Path log, Object... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Without vectors and the second compiler: it starts faster, and the bits are the same.
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    Stream.of(arguments).map(Object::toString).forEach(command::add);
    File file = log.toFile();
    return new GoldenProcess(
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(file).start(), log);
  }

  /** Waits until the folder holds results of so many stages. */
  void awaitResults(Path partial, int stages) throws IOException, InterruptedException {
    while (results(partial).size() < stages) {
      assertTrue(process.isAlive(), () -> "ended too early: " + said());
      Thread.sleep(1);
    }
  }

  /** As above, or until it ends. */
  void awaitResultsOrEnd(Path partial, int stages) throws IOException, InterruptedException {
    while (process.isAlive() && results(partial).size() < stages) {
      Thread.sleep(1);
    }
  }

  /** What it has said. */
  String said() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Kills it, unless it has ended. */
  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** The files of results in a folder, by name; none if there is no folder, or it is going. */
  static List<Path> results(Path partial) throws IOException {
    try (Stream<Path> files = Files.list(partial)) {
      return files
          .filter(file -> file.toString().endsWith(".safetensors"))
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    } catch (NoSuchFileException | UncheckedIOException _) {
      return List.of();
    }
  }

  /** The file with the result of one stage. */
  static Path result(Path partial, String stage) throws IOException {
    return results(partial).stream()
        .filter(file -> file.getFileName().toString().startsWith(stage + "."))
        .findFirst()
        .orElseThrow();
  }

  /** A copy of a folder of files, with their times. */
  static Path copy(Path folder, Path target) throws IOException {
    Files.createDirectory(target);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    return target;
  }

  /** A prompt of eight tokens for {@link Cli#MODEL}. */
  static Path prompt(Path file) {
    Tensor ids = Tensor.ofLongs(Shape.of(1, 8), 17, 5, 599, 3, 101, 404, 17, 250);
    SafetensorsWriter.write(file, Map.of(), List.of(TensorEntry.of("input_ids", ids)), true);
    return file;
  }
}
