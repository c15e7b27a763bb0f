package org.bitref.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WidenedTest {
  @ParameterizedTest
  @CsvSource({"BF16,F32", "F16,F32", "BF16,F64", "F16,F64", "F32,F64"})
  void valuesOfANarrowerTypeAreFound(DType held, DType stored) {
    Random random = new Random(5);
    double[] values = random.doubles(500, -3, 3).toArray();
    values[7] = Double.POSITIVE_INFINITY;
    values[9] = -0.0;
    Tensor narrow = Tensor.ofDoubles(Shape.of(5, 100), values).cast(held);
    Tensor wide = narrow.cast(stored);
    assertEquals(Optional.of(new Widened(stored, held)), Widened.in(wide));
    Tensor again = Widened.narrowed(wide);
    assertEquals(held, again.dtype());
    assertEquals(-1, again.data().mismatch(narrow.data()));
  }

  @Test
  void oneValueThatNeedsTheTypeKeepsIt() {
    float[] values = new float[300];
    values[0] = 1.5f;
    values[299] = Math.nextUp(1f);
    Tensor tensor = Tensor.ofFloats(Shape.of(300), values);
    assertEquals(Optional.empty(), Widened.in(tensor));
    assertSame(tensor, Widened.narrowed(tensor));
  }

  /** 1 + 2^-7 needs the eighth bit of a bfloat16; masks and counts fit every type. */
  @Test
  void shortNumbersTellNothingOfTheType() {
    Tensor counts = Tensor.ofFloats(Shape.of(5), 0, 1, 2, 100, Float.POSITIVE_INFINITY);
    assertEquals(Optional.of(new Widened(DType.F32, DType.BF16)), Widened.in(counts));
    assertEquals(Optional.empty(), Widened.tight(counts));
    Tensor one = Tensor.ofFloats(Shape.of(3), 0, 1, -1 - 0x1p-7f);
    assertEquals(Optional.of(new Widened(DType.F32, DType.BF16)), Widened.tight(one));
    Tensor half = Tensor.ofFloats(Shape.of(2), 1, 1 + 0x1p-9f);
    assertEquals(Optional.of(new Widened(DType.F32, DType.F16)), Widened.in(half));
    assertEquals(Optional.empty(), Widened.tight(half));
  }

  @Test
  void zerosAndOtherTypesTellNothing() {
    assertEquals(Optional.empty(), Widened.in(Tensor.ofFloats(Shape.of(2), 0f, -0f)));
    Tensor half = Tensor.ofFloats(Shape.of(2), 1f, 2f).cast(DType.F16);
    assertEquals(Optional.empty(), Widened.in(half));
  }
}
