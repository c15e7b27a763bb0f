package org.bitref.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Bytes as the file formats lay them out, and what they mean. */
class TensorReadTest {
  /** Two elements from the bytes of a file; one byte before them keeps them unaligned. */
  private static Tensor pair(DType dtype, String hex) {
    byte[] bytes = HexFormat.of().parseHex("EE" + hex);
    return new Tensor(dtype, Shape.of(2), MemorySegment.ofArray(bytes).asSlice(1));
  }

  @ParameterizedTest
  @CsvSource({
    "F64, 000000000000F03F 0100000000000080, 1, -0x1p-1074",
    "F32, 0100803F FFFF7FFF, 0x1.000002p0, -0x1.FFFFFEp127",
    "BF16, 813F 80FF, 0x1.02p0, -Infinity",
    "F16, 013C FFFB, 0x1.004p0, -65504",
    "F8_E4M3, 7E 81, 448, -0x1p-9",
    "F8_E5M2, 3D FC, 1.25, -Infinity",
    "I64, 0100000000000000 FEFFFFFFFFFFFFFF, 1, -2",
    "I64, FFFFFFFFFFFFFF7F 0000000000000080, 0x1p63, -0x1p63",
    "I32, 04030201 FFFFFFFF, 0x1020304p0, -1",
    "I16, 0201 FEFF, 258, -2",
    "I8, 7F 80, 127, -128",
    "U64, FFFFFFFFFFFFFF7F FFFFFFFFFFFFFFFF, 0x1p63, 0x1p64",
    "U64, 0000000000000080 FF03000000000080, 0x1p63, 0x1p63",
    "U64, 0004000000000080 000C000000000080, 0x1p63, 0x1.0000000000002p63",
    "U64, 0104000000000080 010C000000000080, 0x1.0000000000001p63, 0x1.0000000000002p63",
    "U32, 04030201 FFFFFFFF, 0x1020304p0, 4294967295",
    "U16, 0201 FEFF, 258, 65534",
    "U8, 7F 80, 127, 128",
    "BOOL, 00 01, 0, 1"
  })
  void values(DType dtype, String hex, String first, String second) {
    Tensor tensor = pair(dtype, hex.replace(" ", ""));
    double[] expected = {Double.parseDouble(first), Double.parseDouble(second)};
    assertEquals(bits(expected[0]), bits(tensor.get(0)));
    assertEquals(bits(expected[1]), bits(tensor.get(1)));
    assertArrayEquals(expected, tensor.toDoubles());
  }

  private static long bits(double x) {
    return Double.doubleToRawLongBits(x);
  }

  @ParameterizedTest
  @EnumSource
  void bitsAreZeroExtended(DType dtype) {
    int bytes = dtype.bytes();
    // F1, F2 and so on in the order of the file, so that the last byte is the highest.
    StringBuilder hex = new StringBuilder();
    long expected = 0;
    for (int i = 0; i < 2 * bytes; i++) {
      hex.append(Integer.toHexString(0xF1 + i % 14));
      if (i >= bytes) {
        expected |= (0xF1L + i % 14) << (8 * (i - bytes));
      }
    }
    assertEquals(expected, pair(dtype, hex.toString()).bits(1));
  }

  @ParameterizedTest
  @CsvSource({
    "I64, FEFFFFFFFFFFFFFF FFFFFFFFFFFFFF7F, -2, 9223372036854775807",
    "U64, FEFFFFFFFFFFFFFF FFFFFFFFFFFFFF7F, -2, 9223372036854775807",
    "I32, FEFFFFFF FFFFFF7F, -2, 2147483647",
    "U32, FEFFFFFF FFFFFF7F, 4294967294, 2147483647",
    "I16, FEFF FF7F, -2, 32767",
    "U16, FEFF FF7F, 65534, 32767",
    "I8, FE 7F, -2, 127",
    "U8, FE 7F, 254, 127",
    "BOOL, 01 00, 1, 0"
  })
  void longs(DType dtype, String hex, long first, long second) {
    Tensor tensor = pair(dtype, hex.replace(" ", ""));
    assertEquals(first, tensor.getLong(0));
    assertEquals(second, tensor.getLong(1));
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32", "BF16", "F16", "F8_E4M3", "F8_E5M2"})
  void aFloatIsNoInteger(DType dtype) {
    Tensor tensor = pair(dtype, "00".repeat(2 * dtype.bytes()));
    var thrown = assertThrows(IllegalStateException.class, () -> tensor.getLong(0));
    assertEquals(dtype + " is not an integer type", thrown.getMessage());
  }

  /** A part of a row of small numbers, into the middle of an array. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "F16", "F8_E4M3", "F8_E5M2"})
  void readsPartsIntoParts(DType dtype) {
    TensorBuilder builder = new TensorBuilder(dtype, Shape.of(10));
    for (int i = 0; i < 10; i++) {
      builder.set(i, 0.25 * (i - 4));
    }
    Tensor tensor = builder.build();
    float[] floats = {9, 9, 9, 9, 9, 9, 9};
    tensor.read(3, floats, 2, 4);
    assertArrayEquals(new float[] {9, 9, -0.25f, 0, 0.25f, 0.5f, 9}, floats);
    double[] doubles = {9, 9, 9, 9, 9, 9};
    tensor.read(3, doubles, 1, 4);
    assertArrayEquals(new double[] {9, -0.25, 0, 0.25, 0.5, 9}, doubles);
    assertArrayEquals(
        new float[] {-1, -.75f, -.5f, -.25f, 0, .25f, .5f, .75f, 1, 1.25f}, tensor.toFloats());
    assertThrows(IndexOutOfBoundsException.class, () -> tensor.read(7, new float[9], 0, 4));
    assertThrows(IndexOutOfBoundsException.class, () -> tensor.read(0, new float[2], 0, 4));
  }

  @Test
  void readsPartsOfDoublesAndIntegers() {
    double[] into = {9, 9, 9, 9};
    Tensor.ofDoubles(Shape.of(5), 0.1, 0.2, 0.3, 0.4, 0.5).read(2, into, 1, 2);
    assertArrayEquals(new double[] {9, 0.3, 0.4, 9}, into);
    Tensor.ofLongs(Shape.of(5), 10, 20, -30, 40, 50).read(2, into, 1, 2);
    assertArrayEquals(new double[] {9, -30, 40, 9}, into);
  }

  /** Every word of the short types reads as {@code get} and the format say. */
  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16", "F8_E4M3", "F8_E5M2"})
  void everyWord(DType dtype) {
    Tensor words = Words.all(dtype);
    float[] floats = words.toFloats();
    double[] doubles = words.toDoubles();
    for (int i = 0; i < floats.length; i++) {
      double expected = dtype.format().orElseThrow().decode(i);
      int word = i;
      assertEquals(expected, words.get(i), () -> dtype + " " + Integer.toHexString(word));
      assertEquals(expected, floats[i], () -> dtype + " " + Integer.toHexString(word));
      assertEquals(expected, doubles[i], () -> dtype + " " + Integer.toHexString(word));
      assertEquals(i, words.bits(i));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL"})
  void whatAFloatCannotHoldIsNotReadAsFloats(DType dtype) {
    Tensor tensor = pair(dtype, "00".repeat(2 * dtype.bytes()));
    var thrown = assertThrows(IllegalStateException.class, tensor::toFloats);
    assertEquals("a float cannot hold every " + dtype, thrown.getMessage());
  }
}
