package org.bitref.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.bitref.compare.LogitsComparison.Flip;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

class LogitsComparisonTest {
  private static LogitsComparison of(int columns, float[] a, float[] b) {
    Shape shape = Shape.of(a.length / columns, columns);
    return LogitsComparison.of(Tensor.ofFloats(shape, a), Tensor.ofFloats(shape, b), DType.F32);
  }

  @Test
  void equalLogitsSayTheSame() {
    LogitsComparison same = of(3, new float[] {1, 2, 3}, new float[] {1, 2, 3});
    assertEquals(new LogitsComparison(1, 0, 0, List.of(), 0, 0, 3, 1, 1, 0, 0), same);
  }

  @Test
  void aFlipHasItsMargins() {
    float next = Math.nextUp(2f);
    LogitsComparison flipped =
        of(3, new float[] {0, 1, 2, 0, next, 2}, new float[] {0, 1, 2, 0, 2, Math.nextUp(next)});
    assertEquals(1, flipped.flips());
    assertEquals(List.of(new Flip(1, 1, 2, 1, 2)), flipped.first());
  }

  @Test
  void tiesAtTheTopCount() {
    LogitsComparison ties = of(3, new float[] {5, 5, 1, 5, 5, 1}, new float[] {5, 4, 1, 4, 5, 1});
    assertEquals(2, ties.tiesA());
    assertEquals(0, ties.tiesB());
    assertEquals(1, ties.flips(), "of equal ones the first is the largest");
    assertEquals(
        new Flip(1, 0, 1, 0, Float.floatToRawIntBits(5) - Float.floatToRawIntBits(4)),
        ties.first().getFirst());
  }

  @Test
  void fiveOfTheTopAreShared() {
    float[] a = {9, 8, 7, 6, 5, 4, 3};
    LogitsComparison swapped = of(7, a, new float[] {9, 8, 7, 4, 3, 6, 5});
    assertEquals(5, swapped.k());
    assertEquals(0.6, swapped.meanOverlap(), "9, 8 and 7 stay; what was 6 and 5 is 4 and 3");
  }

  /** p = (1/2, 1/2) against q = (2/3, 1/3): ½ ln ¾ + ½ ln 3/2 = ½ ln 9/8. */
  @Test
  void theDivergenceIsThatOfTheProbabilities() {
    LogitsComparison of =
        LogitsComparison.of(
            Tensor.ofDoubles(Shape.of(1, 2), 1000, 1000),
            Tensor.ofDoubles(Shape.of(1, 2), -5 + Math.log(2), -5),
            DType.F64);
    // Each of some ten operations rounds by 2^-53 of numbers below 2^10.
    assertEquals(Math.log(9 / 8.0) / 2, of.meanDivergence(), 10 * 0x1p-43);
    assertEquals(of.meanDivergence(), of.maxDivergence());
  }

  @Test
  void whatNeverComesDiverges() {
    LogitsComparison never = of(2, new float[] {0, 0}, new float[] {0, Float.NEGATIVE_INFINITY});
    assertEquals(Double.POSITIVE_INFINITY, never.maxDivergence());
    LogitsComparison masked =
        of(2, new float[] {0, Float.NEGATIVE_INFINITY}, new float[] {0, Float.NEGATIVE_INFINITY});
    assertEquals(0, masked.maxDivergence());
    assertEquals(1, of(2, new float[] {0, Float.NaN}, new float[] {0, 1}).notNumbers());
  }
}
