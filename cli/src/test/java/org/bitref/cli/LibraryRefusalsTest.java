package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a library refuses in the data of others is bad input, and no fault of the program. */
class LibraryRefusalsTest {
  @TempDir Path temp;

  private static void refused(Cli run, String... parts) {
    run.exits(3);
    for (String part : parts) {
      assertTrue(run.err().contains(part), run.err());
    }
    Shown.assertHarmless(run, parts[0]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\u0000", "\\ud800", "x\\u0000.safetensors"})
  void pathsOfAnExperiment(String name) throws IOException {
    String hypotheses = ", \"hypotheses\": [{\"name\": \"h\", \"rules\": {\".*\": \"hf-f32\"}}]}";
    Path file = temp.resolve("e.json");
    for (String fields :
        List.of(
            "{\"captures\": [\"%s\"]",
            "{\"captures\": [\"a\"], \"model\": \"%s\"", "{\"model\": \"a\", \"inputs\": \"%s\"")) {
      Files.writeString(file, fields.formatted(name) + hypotheses);
      refused(Cli.run("sweep", file), "is no file name");
    }
    Files.writeString(
        file, "{\"captures\": [\"a\"]" + hypotheses.replace("hf-f32", "catalogue:" + name + "#q"));
    refused(Cli.run("sweep", file), "no");
  }

  @Test
  void anArchiveWhoseDirectoryLiesBeforeItsStart() throws IOException {
    Path path = temp.resolve("a.npz");
    NpzWriter.write(path, List.of(TensorEntry.of("x", Tensor.ofFloats(Shape.of(1), 1))), false);
    byte[] bytes = Files.readAllBytes(path);
    int end = bytes.length - 22;
    ByteBuffer moved = ByteBuffer.allocate(bytes.length + 20).order(ByteOrder.LITTLE_ENDIAN);
    moved.put(bytes, 0, end).putInt(0x07064b50).putInt(0).putLong(-5).putInt(1).put(bytes, end, 22);
    Files.write(path, moved.array());
    refused(Cli.run("inspect", path), "a.npz: is no readable zip archive");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "\\u001b[2J"})
  void aHashThatIsNone(String hash) throws IOException {
    Path dump = temp.resolve("a.safetensors");
    Tensor one = Tensor.ofShorts(DType.F16, Shape.of(1, 1), new short[] {0x3C00});
    SafetensorsWriter.write(
        dump,
        Map.of(),
        List.of(TensorEntry.of("x", one), TensorEntry.of("w", one), TensorEntry.of("y", one)),
        false);
    Path whole = temp.resolve("whole.zip");
    Object[] make = {"bundle", "make", dump, "--x", "x", "--w", "w", "--y", "y", "-o", whole};
    Cli.run(Stream.concat(Stream.of(make), Stream.of("--recipe", "cublas-f16-accum16")).toArray())
        .exits(0);
    Bundles.withManifest(
        whole,
        temp.resolve("b.zip"),
        json ->
            json.replaceFirst("(result_sha256\" : \")\\w+", "$1" + Matcher.quoteReplacement(hash)));
    refused(Cli.run("bundle", "verify", temp.resolve("b.zip")), "result_sha256 is");
  }
}
