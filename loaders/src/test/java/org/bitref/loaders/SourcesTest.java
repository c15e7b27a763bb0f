package org.bitref.loaders;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpyWriter;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourcesTest {
  @TempDir Path folder;

  @Test
  void contentDecidesNotTheName() {
    Tensor one = Tensor.ofFloats(Shape.of(), 1f);
    List<TensorEntry> entries = List.of(TensorEntry.of("x", one));
    Path file = folder.resolve("x.dat");
    SafetensorsWriter.write(file, Map.of(), entries, true);
    assertHoldsOne(file, "x");
    NpzWriter.write(file, entries, true);
    assertHoldsOne(file, "x");
    NpyWriter.write(file, one, true);
    assertHoldsOne(file, "x.dat");
  }

  private static void assertHoldsOne(Path file, String name) {
    try (TensorSource source = Sources.open(file)) {
      assertEquals(Set.of(name), source.tensors().keySet());
      assertEquals(1.0, source.read(name).get(0));
      assertTrue(source.has(name));
    }
  }

  @Test
  void nothingThere() {
    Path missing = folder.resolve("missing.npz");
    Refusal.expect(() -> Sources.open(missing), missing.toString(), "does not exist");
  }

  @Test
  void emptyFile() throws IOException {
    Path file = Files.createFile(folder.resolve("a.npz"));
    Refusal.expect(() -> Sources.open(file), file.toString(), "is empty");
  }

  @Test
  void unknownFormat() throws IOException {
    for (String text : new String[] {"x", "hello, world", "\u0000\u0000\u0000\u0000"}) {
      Path file = Files.writeString(folder.resolve("a.txt"), text);
      Refusal.expect(() -> Sources.open(file), "is of no known format", "safetensors");
    }
  }

  @Test
  void extensionDecidesWhereTheContentSaysNothing() throws IOException {
    for (var expected :
        Map.of(
                "a.safetensors", "safetensors file starts",
                "a.npy", "npy magic",
                "a.npz", "zip archive",
                "a.json", "JSON")
            .entrySet()) {
      Path file = Files.writeString(folder.resolve(expected.getKey()), "abc");
      Refusal.expect(() -> Sources.open(file), expected.getKey(), expected.getValue());
    }
  }

  @Test
  void unreadableFile() throws IOException {
    Path file = Files.writeString(folder.resolve("a.npy"), "abc");
    assumeTrue(file.toFile().setReadable(false), "no permissions on this file system");
    assumeTrue(!Files.isReadable(file), "this user may read everything");
    Refusal.expect(() -> Sources.open(file), "cannot be read: permission denied");
  }

  @Test
  void deviceThatNeverEnds() {
    Path zero = Path.of("/dev/zero");
    assumeTrue(Files.exists(zero), "no /dev/zero here");
    Refusal.expect(() -> Sources.open(zero), "is not a regular file");
  }
}
