package org.bitref.loaders;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.npy.NpyWriter;
import org.bitref.loaders.npy.NpzWriter;
import org.bitref.loaders.onnx.Proto;
import org.bitref.loaders.polygraphy.PolygraphyWriter;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.loaders.torch.Pickle;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which format a file is taken for. */
class FormatTest {
  private static final int LONGEST = 70_000;

  @TempDir Path folder;

  /** A length is any number, also one whose bytes are how another format begins. */
  @Test
  void everyLengthOfASafetensorsHeader() {
    byte[] file = new byte[8 + LONGEST];
    file[8] = '{';
    MemorySegment whole = MemorySegment.ofArray(file);
    for (int length = 2; length <= LONGEST; length++) {
      ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
      for (long size : new long[] {8 + length, whole.byteSize()}) {
        Format format = Format.of(Path.of("x.dat"), whole.asSlice(0, size));
        assertSame(Format.SAFETENSORS, format, "a header of " + length + " bytes");
      }
    }
  }

  @Test
  void lengthsWhoseBytesAreOtherMagicNumbers() {
    for (int length : new int[] {0x04034B50, 0x06054B50}) {
      MemorySegment file = MemorySegment.ofArray(new byte[8 + length]);
      file.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).putLong(0, length).put(8, (byte) '{');
      assertSame(Format.SAFETENSORS, Format.of(Path.of("x.dat"), file));
    }
  }

  /** Every format under the extension of every other. */
  @Test
  void contentDecidesForEveryPairOfFormats() throws IOException {
    Map<Format, byte[]> files = files();
    List<String> extensions =
        List.of("safetensors", "npy", "npz", "pt", "json", "onnx", "bin", "dat");
    for (Map.Entry<Format, byte[]> file : files.entrySet()) {
      for (String extension : extensions) {
        // JSON in a file that calls itself safetensors is a damaged one, not another format.
        boolean json = file.getValue()[0] == '{' || file.getValue()[0] == '[';
        if (!(json && extension.equals("safetensors"))) {
          Path path = Files.write(folder.resolve("x." + extension), file.getValue());
          assertEquals(file.getKey(), Format.of(path), file.getKey() + " as ." + extension);
        }
      }
    }
  }

  private Map<Format, byte[]> files() throws IOException {
    List<TensorEntry> entries = List.of(TensorEntry.of("x", Tensor.ofFloats(Shape.of(1), 1f)));
    Map<Format, byte[]> files = new LinkedHashMap<>();
    Path path = folder.resolve("written");
    SafetensorsWriter.write(path, Map.of(), entries, true);
    files.put(Format.SAFETENSORS, Files.readAllBytes(path));
    NpyWriter.write(path, entries.getFirst().tensor(), true);
    files.put(Format.NPY, Files.readAllBytes(path));
    NpzWriter.write(path, entries, true);
    files.put(Format.NPZ, Files.readAllBytes(path));
    PolygraphyWriter.runResults(path, "a", entries, true);
    files.put(Format.POLYGRAPHY, Files.readAllBytes(path));
    new Pickle()
        .op('}', 'q', 0, '(')
        .text("x")
        .tensor("FloatStorage", "0", 1, 0, 1, 1)
        .op('u', '.')
        .save(path, 4);
    files.put(Format.TORCH, Files.readAllBytes(path));
    files.put(Format.ONNX, Proto.model(Proto.tensor("x", 1, 1).bytes(9, new byte[4])));
    files.put(Format.SAFETENSORS_INDEX, text("{\"weight_map\": {\"x\": \"a.safetensors\"}}"));
    files.put(Format.RAW_MANIFEST, text("{\"tensors\": []}"));
    files.put(Format.TRTEXEC_DUMP, text("{\"metadata\": {}, \"tensors\": []}"));
    files.put(Format.TRTEXEC_OUTPUT, text("[{\"name\": \"x\"}]"));
    return files;
  }

  private static byte[] text(String json) {
    return json.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Protocols 2 to 5 of a plain pickle, and torch.save before zip archives, with data behind it.
   */
  @Test
  void picklesAreSaidToBePickles() throws IOException {
    byte[][] pickles = {
      {(byte) 0x80, 2, 'K', 1, '.'},
      {(byte) 0x80, 4, (byte) 0x95, 3, 0, 0, 0, 0, 0, 0, 0, 'K', 1, '.'},
      {(byte) 0x80, 2, (byte) 0x8A, 10, 'l', (byte) 0xFC, (byte) 0x9C, 'F', (byte) 0xF9, 0, 7},
    };
    for (byte[] pickle : pickles) {
      Path path = Files.write(folder.resolve("x.pt"), pickle);
      Refusal.expect(() -> Format.of(path), "is a bare pickle");
    }
  }
}
