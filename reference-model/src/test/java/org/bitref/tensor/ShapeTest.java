package org.bitref.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void lengthsFromBothEnds() {
    Shape shape = Shape.of(2, 3, 5);
    assertEquals(3, shape.rank());
    assertEquals(30, shape.elements());
    assertEquals(2, shape.dim(0));
    assertEquals(5, shape.dim(2));
    assertEquals(5, shape.dim(-1));
    assertEquals(2, shape.dim(-3));
    assertEquals(3, shape.intDim(1));
    assertEquals(3, shape.intDim(-2));
    assertThrows(ArrayIndexOutOfBoundsException.class, () -> shape.dim(3));
    assertThrows(ArrayIndexOutOfBoundsException.class, () -> shape.dim(-4));
    assertEquals("[2, 3, 5]", shape.toString());
  }

  @Test
  void intDimOfALongLength() {
    assertEquals(Integer.MAX_VALUE, Shape.of(Integer.MAX_VALUE).intDim(0));
    assertThrows(ArithmeticException.class, () -> Shape.of(1L << 31).intDim(0));
  }

  @Test
  void scalarAndEmpty() {
    assertEquals(0, Shape.of().rank());
    assertEquals(1, Shape.of().elements());
    assertEquals("[]", Shape.of().toString());
    assertEquals(0, Shape.of(4, 0, 3).elements());
    assertEquals(0, Shape.of(0).elements());
  }

  @Test
  void negativeLength() {
    var thrown = assertThrows(IllegalArgumentException.class, () -> Shape.of(2, -1));
    assertEquals("negative dimension in [2, -1]", thrown.getMessage());
    assertThrows(IllegalArgumentException.class, () -> Shape.of(0, -1));
  }

  @Test
  void moreElementsThanALongCounts() {
    assertEquals(1L << 62, Shape.of(1L << 31, 1L << 31).elements());
    assertThrows(ArithmeticException.class, () -> Shape.of(1L << 32, 1L << 31));
    assertThrows(ArithmeticException.class, () -> Shape.of(1L << 32, 1L << 32));
  }

  @Test
  void arraysAreCopied() {
    long[] dims = {2, 3};
    Shape shape = Shape.of(dims);
    dims[0] = 7;
    assertEquals(2, shape.dim(0));
    shape.dims()[1] = 9;
    assertArrayEquals(new long[] {2, 3}, shape.dims());
  }

  @Test
  void asRows() {
    assertEquals(Shape.of(6, 5), Shape.of(2, 3, 5).asRows());
    assertEquals(Shape.of(24, 6), Shape.of(2, 3, 4, 6).asRows());
    assertEquals(Shape.of(4, 7), Shape.of(4, 7).asRows());
    assertEquals(Shape.of(1, 7), Shape.of(7).asRows());
    assertEquals(Shape.of(1, 1), Shape.of().asRows());
    assertEquals(Shape.of(0, 5), Shape.of(0, 3, 5).asRows());
    assertEquals(Shape.of(6, 0), Shape.of(2, 3, 0).asRows());
  }

  @Test
  void withLast() {
    Shape shape = Shape.of(2, 3, 5);
    assertEquals(Shape.of(2, 3, 7), shape.withLast(7));
    assertEquals(42, shape.withLast(7).elements());
    assertEquals(Shape.of(2, 3, 5), shape);
    assertEquals(Shape.of(9), Shape.of(1).withLast(9));
    assertThrows(IllegalArgumentException.class, () -> shape.withLast(-1));
    assertThrows(ArithmeticException.class, () -> shape.withLast(Long.MAX_VALUE));
  }

  @Test
  void equality() {
    assertEquals(Shape.of(2, 3), Shape.of(2, 3));
    assertEquals(Shape.of(2, 3).hashCode(), Shape.of(2, 3).hashCode());
    assertNotEquals(Shape.of(2, 3), Shape.of(3, 2));
    assertNotEquals(Shape.of(6), Shape.of(6, 1));
    assertNotEquals(Shape.of(2, 3).hashCode(), Shape.of(3, 2).hashCode());
    Object text = "[2]";
    assertNotEquals(Shape.of(2), text);
  }
}
