package org.bitref.numerics;

import static org.bitref.numerics.Bits.assertSame;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UlpTest {
  private static final long SEED = 0x5EED_1004;

  private static long words(double a, double b) {
    return Ulp.distance(Format.F64, Double.doubleToLongBits(a), Double.doubleToLongBits(b));
  }

  /** Walks all values from the most negative to the largest, infinities included. */
  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16", "E4M3", "E5M2"})
  void ordinalsOfAllValuesFollowOneAnother(Format format) {
    int sign = 1 << (format.width() - 1);
    int top = Oracle.magnitudes(format).length - (format == Format.E4M3 ? 2 : 1);
    double previous = Double.NaN;
    for (int step = -top; step <= top; step++) {
      int word = step < 0 ? sign | -step : step;
      assertEquals(step, Ulp.ordinal(format, word));
      double value = format.decode(word);
      if (step > -top) {
        assertEquals(-1, Double.compare(previous, value), format + " at " + value);
        int before = step - 1 < 0 ? sign | 1 - step : step - 1;
        assertEquals(1, Ulp.distance(format, before, word));
        assertEquals(1, Ulp.distance(format, word, before));
      }
      previous = value;
    }
    assertEquals(2L * top, Ulp.distance(format, sign | top, top));
    assertEquals(0, Ulp.ordinal(format, sign));
  }

  @ParameterizedTest
  @EnumSource
  void zerosAndNans(Format format) {
    long plus = format.encode(0.0);
    long minus = format.encode(-0.0);
    long nan = format.encode(Double.NaN);
    long one = format.encode(1);
    assertEquals(0, Ulp.distance(format, plus, minus));
    assertEquals(0, Ulp.distance(format, nan, nan | minus));
    assertEquals(Long.MAX_VALUE, Ulp.distance(format, nan, one));
    assertEquals(Long.MAX_VALUE, Ulp.distance(format, one, nan));
    assertEquals(0, Ulp.distance(format, one, one));
  }

  /** In a float that holds a shorter format the unused low bits are not counted. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "TF32", "E8M13"})
  void oneUlpOfAFormatStoredAsAFloatIsOneStep(Format format) {
    long one = format.encode(1);
    assertEquals(1, Ulp.distance(format, one, format.encode(1 + format.ulp(1))));
    assertEquals(3, Ulp.distance(format, one, format.encode(1 + 3 * format.ulp(1))));
    assertEquals(1, Ulp.ordinal(format, format.encode(format.minSubnormal())));
    assertEquals(-1, Ulp.ordinal(format, format.encode(-format.minSubnormal())));
    long largest = format.encode(format.maxFinite());
    assertEquals(1, Ulp.distance(format, largest, format.encode(Double.POSITIVE_INFINITY)));
    assertEquals(127L << (format.precision() - 1), Ulp.ordinal(format, one));
  }

  @Test
  void doublesOfOppositeSign() {
    assertEquals(2, words(Double.MIN_VALUE, -Double.MIN_VALUE));
    assertEquals(Long.MAX_VALUE, words(Double.MAX_VALUE, -Double.MAX_VALUE));
    assertEquals(Long.MAX_VALUE, words(-Double.MAX_VALUE, Double.MAX_VALUE));
    assertEquals(Long.MAX_VALUE, words(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY));
    assertEquals(2 * 0x3FF0_0000_0000_0000L, words(1, -1));
    assertEquals(2 * 0x3FF0_0000_0000_0000L, words(-1, 1));
    // 2 has the ordinal 2^62: two of them together are one more than a long holds.
    assertEquals(Long.MAX_VALUE, words(2, -2));
    assertEquals(Long.MAX_VALUE, words(Math.nextDown(2.0), -2));
    assertEquals(Long.MAX_VALUE - 1, words(Math.nextDown(2.0), -Math.nextDown(2.0)));
    assertEquals(1, words(Double.MAX_VALUE, Double.POSITIVE_INFINITY));
    assertEquals(0x7FF0_0000_0000_0000L, words(0, Double.POSITIVE_INFINITY));
  }

  @Test
  void randomDoublesAgainstWholeNumbers() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 100_000; i++) {
      double a = Double.longBitsToDouble(random.nextLong());
      double b = Double.longBitsToDouble(random.nextLong());
      if (Double.isNaN(a) || Double.isNaN(b)) {
        continue;
      }
      BigInteger exact = steps(a).subtract(steps(b)).abs();
      long expected = exact.bitLength() > 63 ? Long.MAX_VALUE : exact.longValueExact();
      assertEquals(expected, words(a, b), () -> "seed " + SEED + ": " + a + ", " + b);
    }
  }

  private static BigInteger steps(double x) {
    BigInteger magnitude = BigInteger.valueOf(Double.doubleToLongBits(Math.abs(x)));
    return x < 0 ? magnitude.negate() : magnitude;
  }

  @Test
  void errorInUnitsOfTheReference() {
    assertSame(1.0, Ulp.of(Format.F16, 0x1p-10, 1));
    assertSame(0.5, Ulp.of(Format.F16, -0x1p-11, -1.999));
    assertSame(3.0, Ulp.of(Format.BF16, 3 * 0x1p-133, 0));
    assertSame(0.0, Ulp.of(Format.F32, 0, 7));
    assertSame(8.0, Ulp.of(Format.F32, 0x1p-20, 1.5));
  }
}
