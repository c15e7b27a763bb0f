package org.bitref.loaders.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of writers that were killed goes, and nothing else. */
class TemporaryTest {
  private static final String OTHERS = ".out.tmp-0123456789abcd";

  @TempDir Path folder;

  /** Another process: starts a file and waits. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] target) throws IOException {
      try (Temporary temporary = Temporary.beside(Path.of(target[0]))) {
        Files.createDirectory(temporary.folder());
        Files.createFile(temporary.folder().resolve("part"));
        System.out.println(temporary.path());
        System.exit(System.in.read());
      }
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.skip(1).map(file -> folder.relativize(file).toString()).sorted().toList();
    }
  }

  @Test
  void aLivingWriterKeepsItsFileAndADeadOneDoesNot() throws Exception {
    Path out = folder.resolve("out");
    Process writer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                out.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      Path file = Path.of(writer.inputReader().readLine());
      List<String> started = names();
      assertEquals(3, started.size(), started.toString());
      Temporary.clean(out);
      Temporary.cleanAll(folder);
      assertEquals(started, names());
      writer.destroyForcibly().waitFor();
      assertEquals(started, names());
      Temporary.clean(folder.resolve("other"));
      assertEquals(started, names());
      Temporary.clean(out);
      assertEquals(List.of(), names(), file.toString());
    } finally {
      writer.destroyForcibly();
    }
  }

  @Test
  void whatIsOfThisProcessStays() throws IOException {
    try (Temporary temporary = Temporary.beside(folder.resolve("out"))) {
      Temporary.clean(folder.resolve("out"));
      assertTrue(Files.exists(temporary.path()));
    }
    assertEquals(List.of(), names());
  }

  @Test
  void whatIsNotOursStays() throws IOException {
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Files.createFile(elsewhere.resolve("file"));
    for (String name :
        List.of(
            ".out.tmp-0123456789abc",
            ".out.tmp-0123456789abcde",
            ".out.tmp-0123456789abcX",
            ".out.tmp-0123456789abcd.bak",
            ".other.tmp-0123456789abcd",
            "out.tmp-0123456789abcd",
            ".xout.tmp-0123456789abcd",
            "out")) {
      Files.createFile(folder.resolve(name));
    }
    Files.createDirectory(folder.resolve(".out.tmp-00000000000000"));
    Files.createSymbolicLink(folder.resolve(".out.tmp-11111111111111"), elsewhere.resolve("file"));
    Files.createDirectory(folder.resolve(".out.tmp-22222222222222.d"));
    List<String> foreign = names();
    Files.createFile(folder.resolve(OTHERS));
    Files.createSymbolicLink(folder.resolve(OTHERS + ".d"), elsewhere);
    Temporary.clean(folder.resolve("out"));
    assertTrue(Files.exists(elsewhere.resolve("file")));
    Files.delete(folder.resolve(OTHERS + ".d"));
    assertEquals(foreign, names());
  }
}
