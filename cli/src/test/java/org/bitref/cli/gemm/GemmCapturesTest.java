package org.bitref.cli.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bitref.cli.Cli;
import org.bitref.compare.Comparer;
import org.bitref.loaders.Sources;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every product in the table of what is reproduced, by the command line. */
class GemmCapturesTest {
  private static final Path TABLE = Path.of("..", "reference-model", "docs", "reproduced.md");
  private static final Pattern ROW =
      Pattern.compile(
          "\\| (cublas-h100|cublaslt-h100|tensorrt-gemm-h100) \\| (\\S+) \\| `(.*)` \\| .* \\|");

  @TempDir private Path temp;

  @Test
  void theCommandReproducesEveryCapturedProduct() throws IOException {
    String captures = System.getProperty("bitref.captures", "");
    assumeTrue(!captures.isEmpty(), "-Dbitref.captures names no folder");
    int products = 0;
    for (String line : Files.readAllLines(TABLE)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        Path file = fileOf(Path.of(captures), row.group(1), row.group(2));
        assertReproduced(file, row.group(2), row.group(3).replace("\\|", "|"));
        products++;
      }
    }
    assertTrue(products >= 140, "products in the table: " + products);
  }

  private void assertReproduced(Path file, String output, String recipe) {
    String problem = output.substring(0, output.indexOf(".y"));
    Path out = temp.resolve("y.safetensors");
    Cli.run(
            "gemm",
            file,
            "--x",
            problem + ".x",
            "--w",
            problem + ".w",
            "--recipe",
            recipe,
            "-o",
            out,
            "--force")
        .exits(0);
    try (TensorSource captured = Sources.open(file);
        TensorSource ours = Sources.open(out)) {
      assertEquals(captured.read(output).dtype(), ours.read("y").dtype(), output);
      assertTrue(Comparer.compare(captured.read(output), ours.read("y")).allEqual(), output);
    }
  }

  /** A capture comes in one file or in several with a number. */
  private static Path fileOf(Path folder, String family, String output) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> candidates =
          files.filter(file -> file.getFileName().toString().startsWith(family)).toList();
      for (Path file : candidates) {
        try (TensorSource source = Sources.open(file)) {
          if (source.has(output)) {
            return file;
          }
        }
      }
      throw new AssertionError("no file holds " + output + ": " + candidates);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
