package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that say what to do are files of some size, whatever the user names. */
class SettingsFilesTest {
  @TempDir Path temp;

  private Path sparse(String name) throws IOException {
    Path file = temp.resolve(name);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(5_000_000_000L);
    }
    return file;
  }

  /** The end of the file's name stands for itself. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "@FILE",
        "inspect @FILE",
        "inspect --map FILE.json CAPTURE",
        "recipes show FILE",
        "recipes show catalogue:FILE",
        "recipes diff hf-f32 FILE",
        "golden MODEL --inputs CAPTURE -o DIR/out --recipe FILE",
        "golden DIR/model --inputs CAPTURE -o DIR/out",
        "inspect DIR/index",
        "compare CAPTURE CAPTURE --rules FILE",
        "identify CAPTURE --x x --w w --y y --layers-info FILE",
        "explain CAPTURE CAPTURE --catalogue FILE",
        "sweep FILE",
        "predict MODEL --inputs CAPTURE --a hf-f32 --b FILE",
        "probe decode DIR/probe CAPTURE",
      })
  void neitherPipesNorHugeFilesAreRead(String line) throws Exception {
    Path file = temp.resolve(line.contains("FILE.json") ? "file.json" : "file");
    for (String folder : new String[] {"model/config.json", "probe/manifest.json"}) {
      Files.createDirectories(temp.resolve(folder).getParent());
      Files.createSymbolicLink(temp.resolve(folder), file);
    }
    Files.createDirectory(temp.resolve("index"));
    Files.createSymbolicLink(temp.resolve("index/model.safetensors.index.json"), file);
    String words =
        line.replaceAll("FILE(\\.json)?", file.toString())
            .replace("MODEL", Cli.MODEL)
            .replace("CAPTURE", Cli.CAPTURE)
            .replace("DIR", temp.toString());
    Object[] args = words.split(" ", -1);
    sparse(file.getFileName().toString());
    Cli huge = Cli.run(args).exits(3);
    assertTrue(huge.err().contains("has 5000000000 bytes where a file of this"), huge.err());
    Files.delete(file);
    assertEquals(0, new ProcessBuilder("mkfifo", file.toString()).start().waitFor());
    Cli pipe = assertTimeoutPreemptively(Duration.ofSeconds(30), () -> Cli.run(args)).exits(3);
    assertTrue(pipe.err().contains("is not a regular file"), pipe.err());
  }

  @Test
  void wordsOfArgumentFiles() throws IOException {
    Path inner = temp.resolve("inner");
    Path outer = temp.resolve("outer");
    Files.writeString(inner, "e @" + outer + " 'f g' @@h");
    Files.writeString(
        outer,
        """
        a "b c" # d
        @%s
          @nowhere @ "" é
        """
            .formatted(inner));
    assertArrayEquals(
        new String[] {"1", "a", "b c", "e", "f g", "@h", "@nowhere", "@", "", "é", "@2", "@"},
        ArgumentFiles.expand("1", "@" + outer, "@@2", "@"),
        () -> Arrays.toString(ArgumentFiles.expand("@" + outer)));
  }

  @Test
  void anArgumentFileThatIsAnOutputIsKept() throws IOException {
    Path args = temp.resolve("args");
    Files.writeString(args, "demo --force -o " + args);
    Cli run = Cli.run("@" + args).exits(3);
    assertTrue(run.err().contains(args + ": is also an input"), run.err());
  }
}
