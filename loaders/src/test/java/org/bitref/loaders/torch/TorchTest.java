package org.bitref.loaders.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bitref.loaders.Samples;
import org.bitref.loaders.Sources;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchTest {
  @TempDir Path folder;

  /** Written by torch.save; what a reader must find stands beside it. */
  @Test
  void savedByTorch() {
    String captures = System.getProperty("bitref.captures", "");
    assumeTrue(!captures.isEmpty(), "the property bitref.captures is not set");
    Path saved = Path.of(captures, "torch-save.pt");
    assumeTrue(Files.exists(saved), () -> "no " + saved);
    try (TensorSource source = Sources.open(saved);
        TensorSource expected =
            Sources.open(Path.of(captures, "torch-save.expected.safetensors"))) {
      assertEquals(expected.tensors().keySet(), source.tensors().keySet());
      for (String name : expected.tensors().keySet()) {
        assertTrue(Samples.same(expected.read(name), source.read(name)), name);
      }
      assertEquals(
          Map.of("nested.list.1.scalar", "3", "nested.list.1.text", "hi"), source.metadata());
      assertTrue(source.read("f32").data().isMapped());
      assertEquals(-1, source.tensors().get("transposed_view").offset());
      long start = source.tensors().get("f32").offset();
      assertEquals(start, source.tensors().get("nested.list.0").offset());
    }
  }

  private Tensor only(Pickle pickle, int storageBytes) {
    try (TensorSource source = Sources.open(pickle.save(folder.resolve("x.pt"), storageBytes))) {
      assertEquals(1, source.tensors().size());
      Tensor read = source.read(source.tensors().keySet().iterator().next());
      return new Tensor(
          read.dtype(),
          read.shape(),
          MemorySegment.ofArray(read.data().toArray(ValueLayout.JAVA_BYTE)));
    }
  }

  @Test
  void tensorInNoContainerGoesByTheFile() {
    Path file =
        new Pickle()
            .tensor("ByteStorage", "0", 4, 1, 3, 1)
            .op('.')
            .save(folder.resolve("q.pth"), 4);
    try (TensorSource source = Sources.open(file)) {
      Tensor expected = Tensor.ofBytes(DType.U8, Shape.of(3), new byte[] {1, 2, 3});
      assertTrue(Samples.same(expected, source.read("q")));
    }
  }

  @Test
  void strides() {
    Tensor everySecond = only(new Pickle().tensor("ByteStorage", "0", 9, 1, 4, 2).op('.'), 9);
    assertTrue(
        Samples.same(Tensor.ofBytes(DType.U8, Shape.of(4), new byte[] {1, 3, 5, 7}), everySecond));
    Tensor repeated = only(new Pickle().tensor("ByteStorage", "0", 9, 8, 3, 0).op('.'), 9);
    assertTrue(Samples.same(Tensor.ofBytes(DType.U8, Shape.of(3), new byte[] {8, 8, 8}), repeated));
  }

  @Test
  void stateDictWithItsVersions() {
    Pickle pickle = new Pickle().global("collections", "OrderedDict").op(')', 'R', '(').text("w");
    pickle
        .tensor("HalfStorage", "0", 2, 0, 2, 1)
        .op('u', '}')
        .text("_metadata")
        .op('}', 's', 'b', '.');
    assertArrayEquals(new long[] {2}, only(pickle, 4).shape().dims());
  }

  @Test
  void everyKindOfPlainValue() {
    Pickle pickle = new Pickle().op(0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0, '(', 'N', 0x88, 0x89);
    pickle.op('M', 1, 2, 'J', 255, 255, 255, 255, 0x8a, 1, 0x80, 0x8a, 0, 0x8b, 9, 0, 0, 0);
    pickle.ascii("123456789").op('G', 0x40, 9, 0, 0, 0, 0, 0, 0).op(0x8c, 2).ascii("ab");
    pickle.op('C', 2, 7, 8).op('l', '.');
    try (TensorSource source = Sources.open(pickle.save(folder.resolve("x.pt"), 1))) {
      assertEquals(0, source.tensors().size());
      assertEquals(
          "[None, True, False, 513, -1, -128, 0, a whole number of 9 bytes, 3.125, ab, 2 bytes]",
          source.metadata().values().toString());
    }
  }

  @Test
  void manyNames() {
    Pickle pickle = new Pickle().op('}', '(');
    for (int i = 0; i < 100_000; i++) {
      pickle.text("layers." + i).tensor("ByteStorage", "0", 4, 1, 3, 1);
    }
    try (TensorSource source = Sources.open(pickle.op('u', '.').save(folder.resolve("x.pt"), 4))) {
      assertEquals(100_000, source.tensors().size());
      assertFalse(source.has("layers.100000"));
      assertEquals(3, source.read("layers.99999").getLong(2));
    }
  }
}
