package org.bitref.tensor;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.SPARSE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Slices, rows and other shapes of the same data. */
class TensorViewTest {
  private static Tensor countedTo(int n, long... dims) {
    long[] values = new long[n];
    for (int i = 0; i < n; i++) {
      values[i] = i;
    }
    return Tensor.ofLongs(Shape.of(dims), values);
  }

  @ParameterizedTest
  @EnumSource
  void segmentMustHaveTheSizeOfTheShape(DType dtype) {
    Shape shape = Shape.of(2, 3);
    for (int more = -1; more <= 1; more += 2) {
      MemorySegment data = MemorySegment.ofArray(new byte[6 * dtype.bytes() + more]);
      var thrown =
          assertThrows(IllegalArgumentException.class, () -> new Tensor(dtype, shape, data));
      assertEquals(
          dtype + " [2, 3] needs " + 6 * dtype.bytes() + " bytes, not " + data.byteSize(),
          thrown.getMessage());
    }
    MemorySegment data = MemorySegment.ofArray(new byte[6 * dtype.bytes()]);
    assertEquals(6, new Tensor(dtype, shape, data).elements());
  }

  @Test
  void moreBytesThanALongCounts() {
    MemorySegment none = MemorySegment.ofArray(new byte[0]);
    Shape shape = Shape.of(1L << 61);
    assertThrows(ArithmeticException.class, () -> new Tensor(DType.F64, shape, none));
  }

  @Test
  void dataIsReadOnlyAndViewsToo() {
    Tensor tensor = countedTo(6, 2, 3);
    assertTrue(tensor.data().isReadOnly());
    assertTrue(tensor.slice(1, Shape.of(2)).data().isReadOnly());
    assertThrows(
        IllegalArgumentException.class,
        () -> tensor.data().set(ValueLayout.JAVA_BYTE, 0, (byte) 1));
  }

  @Test
  void slice() {
    Tensor tensor = countedTo(12, 3, 4);
    Tensor part = tensor.slice(5, Shape.of(2, 3));
    assertEquals(Shape.of(2, 3), part.shape());
    assertArrayEquals(new double[] {5, 6, 7, 8, 9, 10}, part.toDoubles());
    assertEquals(0, tensor.slice(12, Shape.of(0)).elements());
    assertThrows(IndexOutOfBoundsException.class, () -> tensor.slice(10, Shape.of(3)));
    assertThrows(IndexOutOfBoundsException.class, () -> tensor.slice(-1, Shape.of(1)));
    // 2^61 elements of 8 bytes would wrap around to the start.
    assertThrows(ArithmeticException.class, () -> tensor.slice(1L << 61, Shape.of(1)));
    assertThrows(ArithmeticException.class, () -> tensor.slice(0, Shape.of(1L << 61)));
  }

  @Test
  void rows() {
    Tensor tensor = countedTo(24, 4, 2, 3);
    Tensor part = tensor.rows(1, 3);
    assertEquals(Shape.of(2, 2, 3), part.shape());
    assertEquals(6, part.get(0));
    assertEquals(17, part.get(11));
    assertEquals(Shape.of(0, 2, 3), tensor.rows(4, 4).shape());
    assertEquals(24, tensor.rows(0, 4).elements());
    assertThrows(IndexOutOfBoundsException.class, () -> tensor.rows(3, 5));
    assertThrows(IndexOutOfBoundsException.class, () -> tensor.rows(2, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> tensor.rows(-1, 1));
  }

  @Test
  void rowsOfNothing() {
    Tensor noColumns = countedTo(0, 3, 0);
    assertEquals(Shape.of(2, 0), noColumns.rows(1, 3).shape());
    assertThrows(IndexOutOfBoundsException.class, () -> noColumns.rows(2, 4));
    Tensor noRows = countedTo(0, 0, 3);
    assertEquals(Shape.of(0, 3), noRows.rows(0, 0).shape());
    assertThrows(IndexOutOfBoundsException.class, () -> noRows.rows(0, 1));
  }

  @Test
  void reshape() {
    Tensor tensor = countedTo(6, 2, 3);
    Tensor other = tensor.reshape(Shape.of(3, 2));
    assertEquals(Shape.of(3, 2), other.shape());
    assertEquals(DType.I64, other.dtype());
    assertArrayEquals(tensor.toDoubles(), other.toDoubles());
    assertThrows(IllegalArgumentException.class, () -> tensor.reshape(Shape.of(7)));
  }

  @Test
  void overArrays() {
    assertEquals(DType.F32, Tensor.ofFloats(Shape.of(2), 1f, 2f).dtype());
    assertEquals(2.5, Tensor.ofFloats(Shape.of(2), 1f, 2.5f).get(1));
    assertEquals(DType.F64, Tensor.ofDoubles(Shape.of(1), 0.1).dtype());
    assertEquals(0.1, Tensor.ofDoubles(Shape.of(), 0.1).get(0));
    assertEquals(-7, Tensor.ofLongs(Shape.of(1), -7).getLong(0));
    assertEquals(-7, Tensor.ofShorts(DType.I16, Shape.of(1), (short) -7).getLong(0));
    assertEquals(-7, Tensor.ofBytes(DType.I8, Shape.of(1), (byte) -7).getLong(0));
    assertThrows(IllegalArgumentException.class, () -> Tensor.ofFloats(Shape.of(3), 1f));
  }

  /** A file of 5 GiB that takes a few blocks of disk: only its last elements are written. */
  @Test
  void beyondTwoGiB(@TempDir Path folder) throws IOException {
    long rows = 5L << 20;
    Path file = folder.resolve("sparse");
    try (FileChannel channel = FileChannel.open(file, CREATE_NEW, SPARSE, WRITE, READ);
        Arena arena = Arena.ofConfined()) {
      channel.write(ByteBuffer.wrap(new byte[] {1, 0x3C, 2, 0x3C}), rows * 1024 - 4);
      MemorySegment data = channel.map(FileChannel.MapMode.READ_ONLY, 0, rows * 1024, arena);
      Tensor tensor = new Tensor(DType.F16, Shape.of(rows, 512), data);
      assertEquals(rows * 512, tensor.elements());
      assertEquals(0x3C02, tensor.bits(rows * 512 - 1));
      Tensor last = tensor.rows(rows - 1, rows);
      assertEquals(1 + 0x1p-10, last.get(510));
      float[] into = new float[3];
      tensor.read(rows * 512 - 3, into, 0, 3);
      assertArrayEquals(new float[] {0, 0x1.004p0f, 0x1.008p0f}, into);
      Tensor bytes = new Tensor(DType.U8, Shape.of(rows * 1024), data);
      assertEquals(2, bytes.slice(rows * 1024 - 2, Shape.of(2)).getLong(0));
      Tensor longs = new Tensor(DType.U64, Shape.of(rows * 128), data);
      assertEquals(0x3C02_3C01L << 32, longs.getLong(rows * 128 - 1));
      Tensor floats = new Tensor(DType.F32, Shape.of(rows * 256), data);
      assertEquals(0x3C02_3C01L, floats.bits(rows * 256 - 1));
    }
  }
}
