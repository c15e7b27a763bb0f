package org.bitref.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorBuilderTest {
  @ParameterizedTest
  @EnumSource(names = {"F64", "F32", "BF16", "F16", "F8_E4M3", "F8_E5M2"})
  void writesPartsFromParts(DType dtype) {
    TensorBuilder builder = new TensorBuilder(dtype, Shape.of(7));
    builder.write(2, new float[] {9, 9, 0.5f, -1.5f, 448, 9}, 2, 3);
    builder.set(6, -2);
    Tensor tensor = builder.build();
    assertEquals(dtype, tensor.dtype());
    assertEquals(Shape.of(7), tensor.shape());
    assertArrayEquals(new double[] {0, 0, 0.5, -1.5, 448, 0, -2}, tensor.toDoubles());
  }

  @Test
  void longFormatsKeepAllTheyCan() {
    TensorBuilder doubles = new TensorBuilder(DType.F64, Shape.of(1));
    doubles.set(0, Math.PI);
    assertEquals(Math.PI, doubles.build().get(0));
    TensorBuilder floats = new TensorBuilder(DType.F32, Shape.of(2));
    floats.set(0, Math.PI);
    floats.set(1, 1 + 0x1p-24 + 0x1p-50);
    Tensor tensor = floats.build();
    assertEquals((float) Math.PI, tensor.get(0));
    assertEquals(0x1.000002p0, tensor.get(1));
  }

  /** Patterns that no conversion would leave as they are. */
  @Test
  void copiesBitForBit() {
    Tensor nans =
        Tensor.ofShorts(
            DType.BF16, Shape.of(4), (short) 1, (short) 0x7F81, (short) 0xFFFF, (short) 5);
    TensorBuilder builder = new TensorBuilder(DType.BF16, Shape.of(5));
    builder.copy(3, nans, 1, 2);
    builder.copy(0, nans, 3, 1);
    Tensor tensor = builder.build();
    assertEquals(5, tensor.bits(0));
    assertEquals(0, tensor.bits(1));
    assertEquals(0, tensor.bits(2));
    assertEquals(0x7F81, tensor.bits(3));
    assertEquals(0xFFFF, tensor.bits(4));
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32", "BF16", "F16", "F8_E4M3", "F8_E5M2"})
  void copiesEveryType(DType dtype) {
    TensorBuilder source = new TensorBuilder(dtype, Shape.of(4));
    source.write(0, new float[] {1, -2, 3, -4}, 0, 4);
    TensorBuilder builder = new TensorBuilder(dtype, Shape.of(2, 2));
    builder.copy(1, source.build(), 2, 2);
    assertArrayEquals(new double[] {0, 3, -4, 0}, builder.build().toDoubles());
  }

  @Test
  void refusesOtherTypes() {
    Tensor halves = Tensor.ofShorts(DType.F16, Shape.of(1), (short) 0);
    TensorBuilder builder = new TensorBuilder(DType.BF16, Shape.of(1));
    var thrown = assertThrows(IllegalArgumentException.class, () -> builder.copy(0, halves, 0, 1));
    assertEquals("cannot copy F16 bits into BF16", thrown.getMessage());
    var noFloat =
        assertThrows(
            IllegalArgumentException.class, () -> new TensorBuilder(DType.I32, Shape.of(1)));
    assertEquals("I32 is no float type", noFloat.getMessage());
  }

  /** The storage has a few bytes to spare; they are not part of the tensor. */
  @Test
  void staysInsideTheShape() {
    TensorBuilder builder = new TensorBuilder(DType.F8_E4M3, Shape.of(3));
    assertThrows(IndexOutOfBoundsException.class, () -> builder.set(3, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> builder.set(-1, 1));
    TensorBuilder floats = new TensorBuilder(DType.F32, Shape.of(3));
    assertThrows(IndexOutOfBoundsException.class, () -> floats.write(2, new float[2], 0, 2));
    assertEquals(3, builder.build().data().byteSize());
  }

  @Test
  void emptyAndTooLarge() {
    Tensor empty = new TensorBuilder(DType.F16, Shape.of(0, 4)).build();
    assertEquals(0, empty.elements());
    assertEquals(0, empty.toFloats().length);
    Shape huge = Shape.of(1L << 60);
    assertThrows(ArithmeticException.class, () -> new TensorBuilder(DType.F64, huge));
    assertThrows(ArithmeticException.class, () -> new TensorBuilder(DType.F8_E4M3, huge));
  }

  /** A quarter of a GiB: eight longs for each byte would be more than an array holds. */
  @Test
  void takesNoMoreThanItsBytes() {
    long n = 1L << 28;
    TensorBuilder builder = new TensorBuilder(DType.F8_E5M2, Shape.of(n));
    builder.set(n - 1, 1.5);
    assertEquals(1.5, builder.build().get(n - 1));
  }

  @Test
  void whatIsBuiltIsReadOnly() {
    assertTrue(new TensorBuilder(DType.F32, Shape.of(2)).build().data().isReadOnly());
  }
}
