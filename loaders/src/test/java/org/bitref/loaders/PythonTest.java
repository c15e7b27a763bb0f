package org.bitref.loaders;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpyWriter;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.loaders.polygraphy.PolygraphyWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Exchanges files with Python's safetensors and numpy, both ways. The interpreter is that of the
 * property {@code bitref.python}, else python3.
 */
class PythonTest {
  @TempDir Path folder;

  private record Outcome(int status, String output) {}

  private Outcome python(String... arguments) throws IOException, InterruptedException {
    String interpreter = System.getProperty("bitref.python", "");
    List<String> command = new ArrayList<>();
    command.add(interpreter.isEmpty() ? "python3" : interpreter);
    command.addAll(List.of(arguments));
    Path log = folder.resolve("log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      int status = process.waitFor();
      return new Outcome(status, Files.readString(log));
    } catch (IOException e) {
      return new Outcome(-1, e.toString());
    }
  }

  @Test
  void exchange() throws IOException, InterruptedException {
    Outcome found = python("-c", "import numpy, safetensors.numpy");
    assumeTrue(found.status == 0, () -> "no Python with safetensors and numpy: " + found.output);
    int written = write();
    Path script = folder.resolve("exchange.py");
    try (InputStream resource = PythonTest.class.getResourceAsStream("exchange.py")) {
      Files.copy(resource, script);
    }
    Outcome outcome = python(script.toString(), folder.toString());
    assertEquals("checked " + written, outcome.output.strip());
    assertEquals(0, outcome.status);
    for (String file :
        List.of("theirs.safetensors", "theirs.npz", "theirs-packed.npz", "theirs-columns.npz")) {
      readBack(file);
    }
    for (String file : List.of("theirs.pt", "theirs-columns.pth")) {
      if (Files.exists(folder.resolve(file))) {
        readBack(file);
      }
    }
    try (TensorSource source = Sources.open(folder.resolve("theirs.safetensors"))) {
      assertEquals(Map.of("who", "caf\u00e9 \uD83D\uDE00"), source.metadata());
    }
  }

  /** Writes what Python is to read, and the list of it. */
  private int write() throws IOException {
    List<TensorEntry> entries = Samples.all();
    SafetensorsWriter.write(
        folder.resolve("ours.safetensors"),
        Map.of("caf\u00e9 \uD83D\uDE00", "a\nb\u0000"),
        entries,
        false);
    NpzWriter.write(folder.resolve("ours.npz"), entries, false);
    PolygraphyWriter.runResults(
        folder.resolve("ours.json"), "caf\u00e9 \uD83D\uDE00", entries, false);
    Tensor last = entries.getLast().tensor();
    NpyWriter.write(folder.resolve("ours.npy"), last, false);
    List<String> lines = new ArrayList<>();
    for (TensorEntry entry : entries) {
      lines.add(line("ours.safetensors", entry.name(), entry.tensor()));
      lines.add(line("ours.npz", entry.name(), widened(entry.tensor())));
      lines.add(line("ours.json", entry.name(), widened(entry.tensor())));
    }
    lines.add(line("ours.npy", "ours", last));
    Files.write(folder.resolve("ours.txt"), lines, UTF_8);
    return lines.size();
  }

  private static Tensor widened(Tensor tensor) {
    return switch (tensor.dtype()) {
      case BF16, F8_E4M3, F8_E5M2 -> Tensor.ofFloats(tensor.shape(), tensor.toFloats());
      default -> tensor;
    };
  }

  private static String line(String file, String name, Tensor tensor) {
    String dims =
        LongStream.of(tensor.shape().dims())
            .mapToObj(Long::toString)
            .collect(Collectors.joining(","));
    String hex = HexFormat.of().formatHex(tensor.data().toArray(ValueLayout.JAVA_BYTE));
    return String.join("\t", file, name, tensor.dtype().name(), dims, hex);
  }

  /** Compares a file that Python wrote with its list, bit for bit. */
  private void readBack(String file) throws IOException {
    List<String> lines = Files.readAllLines(folder.resolve("theirs.txt"));
    try (TensorSource source = Sources.open(folder.resolve(file))) {
      assertEquals(lines.size(), source.tensors().size());
      for (String line : lines) {
        String[] fields = line.split("\t", -1);
        long[] dims =
            Stream.of(fields[2].split(","))
                .filter(dim -> !dim.isEmpty())
                .mapToLong(Long::parseLong)
                .toArray();
        byte[] data = HexFormat.of().parseHex(fields[3]);
        Tensor expected =
            new Tensor(DType.valueOf(fields[1]), Shape.of(dims), MemorySegment.ofArray(data));
        assertTrue(Samples.same(expected, source.read(fields[0])), () -> file + ": " + fields[0]);
      }
    }
  }
}
