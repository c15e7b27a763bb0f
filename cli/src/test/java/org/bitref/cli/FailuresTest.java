package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever fails, the exit code is none that means a result. */
class FailuresTest {
  private static final int HALF = 1 << 30;

  @TempDir Path temp;

  /** Standard output that fails in some way. */
  private static final class Failing extends OutputStream {
    private final Throwable failure;

    Failing(Throwable failure) {
      this.failure = failure;
    }

    @Override
    public void write(int b) throws IOException {
      switch (failure) {
        case Error error -> throw error;
        case IOException refused -> throw refused;
        default -> throw new IOException(failure);
      }
    }
  }

  private static Cli run(Throwable failure, String... words) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    int code = Main.run(words, new Failing(failure), stream);
    return new Cli(code, "", err.toString(StandardCharsets.UTF_8));
  }

  static List<Error> errors() {
    return List.of(
        new AssertionError("a"),
        new StackOverflowError(),
        new OutOfMemoryError("Java heap space"),
        new OutOfMemoryError("unable to create native thread"),
        new NoClassDefFoundError("a/B"),
        new UnsatisfiedLinkError("a"),
        new ExceptionInInitializerError(new IllegalStateException()),
        new InternalError("a"),
        new Error());
  }

  @ParameterizedTest
  @MethodSource("errors")
  void anErrorIsInternal(Error error) {
    for (String word : List.of("recipes", "--help")) {
      Cli run = run(error, word).exits(70);
      assertEquals(1, run.err().lines().count(), run.err());
      boolean memory = error instanceof OutOfMemoryError;
      assertTrue(run.err().startsWith("bitref: " + (memory ? "out of memory" : "internal error")));
    }
  }

  @Test
  void aHelpTextThatCannotBeWrittenIsNoSuccess() {
    IOException full = new IOException("No space left on device");
    for (String word : List.of("recipes", "--help", "--version")) {
      String message = run(full, word).exits(3).err();
      assertTrue(message.startsWith("bitref: standard output: cannot be written"), message);
      run(new IOException("Broken pipe"), word).exits(0);
    }
  }

  @Test
  void aLibraryThatIsMissingIsAnInternalError() throws IOException, InterruptedException {
    String path =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("picocli"))
            .collect(Collectors.joining(File.pathSeparator));
    String text = process(program(path)).exits(70).err();
    assertTrue(text.startsWith("bitref: internal error: java.lang.NoClassDefFoundError"), text);
  }

  private static List<String> program(String path) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return List.of(java, "-XX:TieredStopAtLevel=1", "-cp", path, Main.class.getName());
  }

  /** A shell that runs {@code script}, where {@code "$@"} starts the program. */
  private Cli shell(String script, String path) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
    command.addAll(program(path));
    return process(command);
  }

  private Cli process(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(temp.toFile());
    builder.environment().put("CAPTURE", Cli.CAPTURE);
    Path err = temp.resolve("err");
    Process process = builder.redirectOutput(Redirect.DISCARD).redirectError(err.toFile()).start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return new Cli(process.exitValue(), "", Files.readString(err));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aNameThatTheLocaleLacksIsExplained() throws IOException, InterruptedException {
    String path = System.getProperty("java.class.path");
    String umlaut = "f=$(printf '\\303\\274'); mkdir -p $f; cd $f; cp \"$CAPTURE\" $f; cp $f x; ";
    shell(umlaut + "LC_ALL=C.UTF-8 exec \"$@\" inspect $f", path).exits(0);
    for (String file : List.of("$f", "x")) {
      Cli run = shell(umlaut + "LC_ALL=C exec \"$@\" inspect " + file, path).exits(3);
      assertEquals(1, run.err().lines().count(), run.err());
      assertTrue(run.err().contains("ANSI_X3.4-1968, does not have"), run.err());
      assertTrue(run.err().contains("LC_ALL=C.UTF-8"), run.err());
    }
  }

  /** Two tensors of holes, so large that reading them takes longer than cutting them off. */
  private Path large(String name) throws IOException {
    List<String> entries = new ArrayList<>();
    for (long i = 0; i < 2; i++) {
      entries.add(
          "\"t%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%s,%s]}"
              .formatted(i, HALF, i * 4 * HALF, (i + 1) * 4 * HALF));
    }
    byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.US_ASCII);
    Path file = temp.resolve(name);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(
          ByteBuffer.allocate(8 + header.length)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(header.length)
              .put(header)
              .flip());
      channel.write(ByteBuffer.allocate(1), 8 + header.length + 8L * HALF - 1);
    }
    return file;
  }

  private static void cutOnceMapped(Path file) {
    try {
      Path maps = Path.of("/proc/self/maps");
      while (Files.readAllLines(maps).stream().noneMatch(l -> l.endsWith(file.toString()))) {
        Thread.onSpinWait();
      }
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(4096);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"inspect --stats", "compare"})
  @EnabledOnOs(OS.LINUX)
  void aFileCutShortWhileItIsReadIsNamed(String command) throws Exception {
    Path cut = large("cut.safetensors");
    List<Object> words = new ArrayList<>(List.of((Object[]) command.split(" ")));
    words.addAll(List.of("--threads", "2", cut));
    if (command.equals("compare")) {
      words.add(large("whole.safetensors"));
    }
    Thread cutter = Thread.startVirtualThread(() -> cutOnceMapped(cut));
    Cli run = Cli.run(words.toArray()).exits(3);
    cutter.join();
    assertTrue(run.err().startsWith("bitref: " + cut + ": changed while it was read."), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals("", run.out());
  }
}
