package org.bitref.loaders;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NonFiniteTest {

  @ParameterizedTest
  @EnumSource
  void agreesWithElementByElement(DType dtype) {
    Random random = new Random(7);
    for (int n : new int[] {0, 1, 3, 7, 8, 9, 70_001}) {
      Tensor tensor = Samples.tensor(dtype, Shape.of(n), random);
      long nan = 0;
      long infinite = 0;
      for (int i = 0; i < n; i++) {
        double value = dtype.isFloat() ? tensor.get(i) : 0;
        nan += Double.isNaN(value) ? 1 : 0;
        infinite += Double.isInfinite(value) ? 1 : 0;
      }
      assertEquals(new NonFinite(nan, infinite), NonFinite.count(tensor), dtype + " " + n);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void everyPatternInEveryLane(DType dtype) {
    for (int lane = 0; lane < 4; lane++) {
      short[] bits = new short[4 * 65536];
      for (int pattern = 0; pattern < 65536; pattern++) {
        bits[4 * pattern + lane] = (short) pattern;
      }
      int fractions = dtype == DType.BF16 ? 128 : 1024;
      NonFinite expected = new NonFinite(2L * (fractions - 1), 2);
      assertEquals(expected, NonFinite.count(Tensor.ofShorts(dtype, Shape.of(bits.length), bits)));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F8_E4M3", "F8_E5M2"})
  void everyByte(DType dtype) {
    byte[] bits = new byte[256];
    for (int pattern = 0; pattern < 256; pattern++) {
      bits[pattern] = (byte) pattern;
    }
    NonFinite expected = dtype == DType.F8_E4M3 ? new NonFinite(2, 0) : new NonFinite(6, 2);
    assertEquals(expected, NonFinite.count(Tensor.ofBytes(dtype, Shape.of(256), bits)));
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F64"})
  void wideOnes(DType dtype) {
    double[] values = {1, Double.NaN, Double.POSITIVE_INFINITY, Double.MAX_VALUE, -1.0 / 0, 0, 5};
    Tensor doubles = Tensor.ofDoubles(Shape.of(values.length), values);
    NonFinite expected = new NonFinite(1, dtype == DType.F32 ? 3 : 2);
    assertEquals(expected, NonFinite.count(doubles.cast(dtype)));
  }
}
