package org.bitref.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
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

  @ParameterizedTest
  @CsvSource({"BF16,F16", "F8_E4M3,F16", "F8_E5M2,F16", "F8_E4M3,BF16", "F8_E5M2,BF16"})
  void roundedValuesOfSixteenBitsAreFound(DType held, DType stored) {
    Random random = new Random(6);
    double[] values = random.doubles(200, -3, 3).toArray();
    values[4] = -0.0;
    Tensor rounded = Tensor.ofDoubles(Shape.of(200), values).cast(held).cast(stored);
    assertEquals(Optional.of(new Widened(stored, held)), Widened.rounded(rounded));
    TensorBuilder odd = new TensorBuilder(stored, Shape.of(200));
    odd.copy(0, rounded, 0, 200);
    odd.set(199, 1 + stored.format().orElseThrow().ulp(1.0));
    assertEquals(Optional.empty(), Widened.rounded(odd.build()));
  }

  /** Below 2^-14 float16 has fewer bits, and most of its numbers are bfloat16 ones. */
  @Test
  void denormalsAndFewOrShortValuesTellNothingOfARounding() {
    double[] values = new Random(7).doubles(200, -0x1p-16, 0x1p-16).toArray();
    Tensor small = Tensor.ofDoubles(Shape.of(200), values).cast(DType.F16);
    assertEquals(small.elements(), equal(small, small.cast(DType.BF16)));
    assertEquals(Optional.empty(), Widened.rounded(small));
    Tensor few = Tensor.ofFloats(Shape.of(3), 1 + 0x1p-7f, 2, 3).cast(DType.F16);
    assertEquals(Optional.empty(), Widened.rounded(few));
    Tensor mask = Tensor.ofFloats(Shape.of(200), new float[200]).cast(DType.BF16);
    assertEquals(Optional.empty(), Widened.rounded(mask));
    Tensor own = Tensor.ofDoubles(Shape.of(200), new Random(8).doubles(200).toArray());
    assertEquals(Optional.empty(), Widened.rounded(own.cast(DType.F16)));
    assertEquals(Optional.empty(), Widened.rounded(own.cast(DType.BF16).cast(DType.F32)));
  }

  private static long equal(Tensor a, Tensor b) {
    return LongStream.range(0, a.elements()).filter(i -> a.get(i) == b.get(i)).count();
  }
}
