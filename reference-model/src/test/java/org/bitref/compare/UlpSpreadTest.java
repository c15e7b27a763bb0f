package org.bitref.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;

class UlpSpreadTest {
  private static UlpSpread of(float[] a, float[] b) {
    Tensor x = Tensor.ofFloats(Shape.of(a.length), a);
    return Comparer.closely(x, DType.F32, Tensor.ofFloats(Shape.of(b.length), b), DType.F32).ulps();
  }

  private static float up(float x, int steps) {
    return Float.intBitsToFloat(Float.floatToRawIntBits(x) + steps);
  }

  @Test
  void percentilesCountEqualElements() {
    float[] a = new float[100];
    float[] b = new float[100];
    for (int i = 0; i < 100; i++) {
      a[i] = 1;
      b[i] = up(1, i < 40 ? 0 : i - 39);
    }
    UlpSpread spread = of(a, b);
    assertEquals(10, spread.p50());
    assertEquals(59, spread.p99());
  }

  /** The root of the mean square of 1, 1, 1, 7 is root 13, between 1 and 7. */
  @Test
  void valuesOfTheTensorsOwnSizeAreThoseAboveItsRoot() {
    UlpSpread spread = of(new float[] {1, 1, 1, 7}, new float[] {up(1, 9), 1, 1, up(7, 2)});
    assertEquals(2, spread.maxOwnSize());
    assertEquals(9, spread.maxSameSign());
  }

  @Test
  void aLoneCrossingOfZeroIsCalledThat() {
    float tiny = 0x1p-20f;
    UlpSpread one = of(new float[] {tiny, 1, 2}, new float[] {-tiny, up(1, 3), 2});
    assertEquals(new UlpSpread(3, 2 * steps(tiny), 0, 1, 3, true), one);
    UlpSpread two = of(new float[] {tiny, -tiny, 2}, new float[] {-tiny, 0, up(2, 3)});
    assertEquals(2, two.crossings());
    assertEquals(false, two.loneCrossing());
  }

  private static long steps(float x) {
    return Float.floatToRawIntBits(x);
  }

  @Test
  void aNanIsInfinitelyFarAndCrossesNothing() {
    UlpSpread spread = of(new float[] {1, 2}, new float[] {Float.NaN, 2});
    assertEquals(new UlpSpread(0, Long.MAX_VALUE, 0, 0, Long.MAX_VALUE, false), spread);
  }
}
