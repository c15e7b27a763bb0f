package org.bitref.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsFile;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.bitref.tensor.TensorSource;

/** Whole commands, the start of the JVM included. */
public final class StartTable {
  private static final Path LAUNCHER = Path.of("..", "bitref").toAbsolutePath().normalize();
  private static final String CAPTURE = "layer0-preattention-h100.safetensors";
  private static final int COLUMNS = 80;

  private StartTable() {}

  /** Prints the table. */
  public static void main(String[] args) throws IOException, InterruptedException {
    System.out.println("| command; seconds | runs | best | median |\n|---|---:|---:|---:|");
    time("bitref --help", 10, List.of(LAUNCHER.toString(), "--help"));
    String captures = System.getProperty("bitref.captures", "");
    for (String system : List.of("trt_strong_marked", "pytorch_cuda")) {
      String title = "identify, q_proj of " + system + ", " + COLUMNS + " columns";
      if (captures.isBlank()) {
        System.out.printf("| %s: skipped, -Dbitref.captures is not given | | | |%n", title);
      } else {
        time(title, 5, identify(Path.of(captures), system));
      }
    }
  }

  private static List<String> identify(Path captures, String system) {
    Path cut = Settings.WORK.resolve(system + "-" + COLUMNS + ".safetensors");
    try (TensorSource capture = SafetensorsFile.open(captures.resolve(CAPTURE))) {
      SafetensorsWriter.write(
          cut,
          Map.of(),
          List.of(
              TensorEntry.of("rows", capture.read("in.rows")),
              TensorEntry.of("x", capture.read(system + ".input_ln")),
              TensorEntry.of("w", capture.read("w.q_proj").rows(0, COLUMNS)),
              TensorEntry.of("y", firstColumns(capture.read(system + ".q_proj")))),
          true);
    }
    return List.of(
        LAUNCHER.toString(),
        "identify",
        cut.toString(),
        "--x",
        "x",
        "--w",
        "w",
        "--y",
        "y",
        "--rows",
        "rows",
        "--shape",
        "3006x4096");
  }

  private static Tensor firstColumns(Tensor y) {
    int rows = y.shape().intDim(0);
    TensorBuilder out = new TensorBuilder(y.dtype(), Shape.of(rows, COLUMNS));
    for (int row = 0; row < rows; row++) {
      out.copy((long) row * COLUMNS, y, (long) row * y.shape().intDim(1), COLUMNS);
    }
    return out.build();
  }

  /** One run beforehand: the launcher may have to build, or to make its cache. */
  private static void time(String title, int runs, List<String> command)
      throws IOException, InterruptedException {
    Child.run(title, command, Map.of());
    Times times = new Times();
    for (int i = 0; i < runs; i++) {
      long started = System.nanoTime();
      Child.run(title, command, Map.of());
      times.add((System.nanoTime() - started) / 1e9);
    }
    System.out.printf(
        Locale.ROOT, "| %s | %d | %.3f | %.3f |%n", title, runs, times.best(), times.median());
  }
}
