package org.bitref.loaders.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.bitref.loaders.Refusal;
import org.bitref.loaders.Samples;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.DTypeName;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxTest {
  @TempDir Path folder;

  /** An exported model with external data, beside its initializers as another tool read them. */
  @Test
  void exportedModel() {
    String captures = System.getProperty("bitref.captures", "");
    assumeTrue(!captures.isEmpty(), "the property bitref.captures is not set");
    Path model = Path.of(captures, "polygraphy", "pre.onnx");
    assumeTrue(Files.exists(model), () -> "no " + model);
    try (TensorSource source = Sources.open(model);
        TensorSource expected = Sources.open(model.resolveSibling("initializers.safetensors"))) {
      assertEquals(expected.tensors().keySet(), source.tensors().keySet());
      for (String name : expected.tensors().keySet()) {
        assertTrue(Samples.same(expected.read(name), source.read(name)), name);
      }
      assertTrue(source.tensors().get("w_q").file().endsWith("pre.onnx.data"));
      assertTrue(source.read("w_q").data().isMapped());
    }
  }

  private Path model(Proto... initializers) throws IOException {
    return Files.write(folder.resolve("m.bin"), Proto.model(initializers));
  }

  private Tensor only(Proto initializer) throws IOException {
    try (TensorSource source = Sources.open(model(initializer))) {
      Tensor read = source.read("w");
      byte[] copy = read.data().toArray(ValueLayout.JAVA_BYTE);
      return new Tensor(read.dtype(), read.shape(), MemorySegment.ofArray(copy));
    }
  }

  @Test
  void floatsPackedAndOneByOne() throws IOException {
    Proto packed =
        Proto.tensor("w", 1, 2).bytes(4, new byte[] {0, 0, (byte) 0x80, 0x3F, 0, 0, 0, 0x40});
    assertArrayEquals(new float[] {1, 2}, only(packed).toFloats());
    Proto single = Proto.tensor("w", 1, 2).fixed(4, 1).fixed(4, 2);
    assertArrayEquals(new float[] {1, 2}, only(single).toFloats());
  }

  @Test
  void halvesAsWholeNumbers() throws IOException {
    Proto packed = Proto.tensor("w", 10, 3).packed(5, 0x3C00, 0xC000, 0x7E00);
    assertTrue(
        Samples.same(
            Tensor.ofShorts(DType.F16, Shape.of(3), (short) 0x3C00, (short) 0xC000, (short) 0x7E00),
            only(packed)));
    Proto single = Proto.tensor("w", 16, 2).number(5, 0x3F80).number(5, 0xFF80);
    assertArrayEquals(new double[] {1, Double.NEGATIVE_INFINITY}, only(single).toDoubles());
  }

  @Test
  void everyTypeInItsField() throws IOException {
    for (int type : new int[] {2, 3, 4, 5, 6, 7, 9, 10, 12, 13, 16, 17, 19}) {
      DType dtype = DTypeName.find(names -> names.onnx() == type).orElseThrow();
      long[] numbers = dtype == DType.BOOL ? new long[] {0, 1, 1} : new long[] {0, 1, 127};
      Tensor read = only(Proto.tensor("w", type, 3).packed(Initializer.dataField(dtype), numbers));
      assertEquals(dtype, read.dtype());
      for (int i = 0; i < 3; i++) {
        assertEquals(numbers[i], read.bits(i), dtype.toString());
      }
      Tensor raw = only(Proto.tensor("w", type, 3).bytes(9, new byte[3 * dtype.bytes()]));
      assertEquals(0, raw.bits(2), dtype.toString());
    }
  }

  @Test
  void negativeNumbersAndLargeOnes() throws IOException {
    assertEquals(-1, only(Proto.tensor("w", 6, 1).packed(5, -1)).getLong(0));
    assertEquals(-128, only(Proto.tensor("w", 3, 1).number(5, -128)).getLong(0));
    assertEquals(
        Long.MIN_VALUE, only(Proto.tensor("w", 7, 1).packed(7, Long.MIN_VALUE)).getLong(0));
    assertEquals(-1L, only(Proto.tensor("w", 13, 1).packed(11, -1L)).bits(0));
    assertEquals(0xFFFF_FFFFL, only(Proto.tensor("w", 12).packed(11, 0xFFFF_FFFFL)).bits(0));
  }

  @Test
  void typesThatAreNotRead() throws IOException {
    try (TensorSource source =
        Sources.open(model(Proto.tensor("s", 8, 1).text(6, "x"), Proto.tensor("w", 2, 0)))) {
      assertEquals(Map.of("w", source.tensors().get("w")), source.tensors());
      assertFalse(source.has("s"));
      assertEquals(Map.of("producer_name", "test", "graph", "g"), source.metadata());
      Refusal.expect(() -> source.read("s"), "initializer \"s\" is of ONNX type 8");
      Refusal.expect(() -> source.read("t"), "no tensor \"t\"");
    }
  }

  private void refused(Proto initializer, String... parts) throws IOException {
    Path file = model(initializer);
    Refusal.expect(
        () -> {
          try (TensorSource source = Sources.open(file)) {
            source.tensors().keySet().forEach(source::read);
          }
        },
        parts);
  }

  @Test
  void defectsOfInitializers() throws IOException {
    String w = "m.bin: initializer \"w\": ";
    refused(Proto.tensor("w", 10, 3).bytes(9, new byte[5]), w + "F16 [3] has 5 raw bytes");
    refused(Proto.tensor("w", 10, 3).packed(5, 1, 2), w + "F16 [3] has 2 numbers");
    refused(Proto.tensor("w", 10, 3), w + "F16 [3] has 0 numbers");
    refused(Proto.tensor("w", 1, 3).bytes(4, new byte[11]), w + "F32 [3] has 2 numbers");
    refused(Proto.tensor("w", 1, -1), w + "has an impossible shape");
    refused(Proto.tensor("w", 1, 1L << 40, 1L << 40), w + "has an impossible shape");
    refused(Proto.tensor("w", 1, new long[65]), "a shape of more than 64 axes");
    Proto separate = new Proto().text(8, "w");
    for (int axis = 0; axis < 65; axis++) {
      separate.number(1, 1);
    }
    refused(separate, w + "has an impossible shape");
    refused(new Proto().text(1, "abc").text(2, "x"), "field 2 is no number");
    Path twice = model(Proto.tensor("w", 2, 0), Proto.tensor("w", 2, 0));
    Refusal.expect(() -> Sources.open(twice), "two initializers are called \"w\"");
  }

  private static Proto external(String location, String offset, String length) {
    Proto tensor = Proto.tensor("w", 10, 4).number(14, 1);
    tensor.message(13, new Proto().text(1, "location").text(2, location));
    tensor.message(13, new Proto().text(1, "offset").text(2, offset));
    return tensor.message(13, new Proto().text(1, "length").text(2, length));
  }

  @Test
  void externalData() throws IOException {
    Files.write(folder.resolve("w.data"), new byte[] {9, 9, 0, 0x3C, 0, 0x40, 0, 0x42, 0, 0x44});
    assertArrayEquals(new float[] {1, 2, 3, 4}, only(external("w.data", "2", "8")).toFloats());
    refused(external("w.data", "3", "8"), "8 at byte 3 of \"w.data\", which has 10");
    refused(external("w.data", "0", "6"), "needs 8 bytes; it is said to have 6");
    refused(external("w.data", "9223372036854775807", "8"), "which has 10");
    refused(external("w.data", "-1", "8"), "offset or length \"-1\" is no whole number");
    refused(external("w.data", "2x", "8"), "offset or length \"2x\" is no whole number");
    refused(external("x.data", "0", "8"), "x.data: cannot be read: no such file");
    refused(external("../w.data", "0", "8"), "outside the folder of this file");
    refused(external("/etc/passwd", "0", "8"), "outside the folder of this file");
    refused(external("", "0", "8"), "outside the folder of this file");
  }

  @Test
  void brokenMessages() throws IOException {
    byte[] whole = Proto.model(Proto.tensor("w", 2, 3).bytes(9, new byte[3]));
    for (int length = 1; length < whole.length; length++) {
      Path cut = Files.write(folder.resolve("m.onnx"), Arrays.copyOf(whole, length));
      Refusal.expect(() -> Sources.open(cut), "m.onnx: ");
      Path nameless = Files.write(folder.resolve("m.dat"), Arrays.copyOf(whole, length));
      Refusal.expect(() -> Sources.open(nameless), "is of no known format");
    }
    Path file = folder.resolve("m.onnx");
    Files.write(file, new byte[] {8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1});
    Refusal.expect(() -> Sources.open(file), "a number of more than ten bytes");
    Files.write(file, new byte[] {8, 1, 0x3B, 0});
    Refusal.expect(() -> Sources.open(file), "a field of number 7 and wire type 3");
    Files.write(file, new byte[] {8, 1, 0x3A, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1});
    Refusal.expect(() -> Sources.open(file), "field 7 ends early");
    Files.write(file, new byte[] {8, 1});
    Refusal.expect(() -> Sources.open(file), "has no graph");
  }
}
