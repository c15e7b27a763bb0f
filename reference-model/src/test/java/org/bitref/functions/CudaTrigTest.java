package org.bitref.functions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CudaTrigTest {
  /**
   * A large argument is reduced as well as a small one, by the other of two ways: a mistake in one
   * bit of either would show as many units.
   */
  @ParameterizedTest
  @CsvSource({"0, 1", "1, 100", "1000, 105614", "105615, 200000", "1e6, 1e9", "1e20, 3e38"})
  void isWithinTwoUnitsOfTheTrueValue(float from, float to) {
    Random random = new Random(1);
    for (int i = 0; i < 50_000; i++) {
      float angle = random.nextFloat(from, to);
      check(StrictMath.cos(angle), CudaTrig.cosf(angle), "cos " + angle);
      check(StrictMath.sin(angle), CudaTrig.sinf(angle), "sin " + angle);
      assertEquals(CudaTrig.cosf(angle), CudaTrig.cosf(-angle), "cos is even");
      assertEquals(-CudaTrig.sinf(angle), CudaTrig.sinf(-angle), "sin is odd");
    }
  }

  private static void check(double exact, float actual, String what) {
    double units = Math.abs(actual - exact) / Math.ulp((float) exact);
    assertTrue(units <= 2, what + ": " + units + " units");
  }

  /** Results of an H100, most of which are not the nearest floats. */
  @ParameterizedTest
  @CsvSource({
    "42a138ec, 3ef5b7ff, bf60978f",
    "3ffbf65c, bec64723, 3f6c0639",
    "42783574, 3f360e6f, bf33f9f1",
    "440de092, bedf5d5c, 3f665aad",
    "41ff0f01, 3f64a84e, 3ee63b95",
    "445e961a, be956fdb, bf74da74",
    "4141acaf, 3f6531d1, bee41618",
    "414142b7, 3f622af4, beefde26",
    "41cee326, 3f3f139a, 3f2a5e95",
    "407dafbc, bf2e39ba, bf3b9139",
    "4127bd1a, befacc64, bf5f2f13",
    "42f6d6fa, bf1f9497, bf482cd7",
    "00000000, 3f800000, 00000000",
    "3f800000, 3f0a5140, 3f576aa5",
    "457ff000, bd871e6c, bf7f7136",
    "45001000, 3f46cd6d, 3f21498c"
  })
  void givesWhatTheDeviceGives(String angle, String cos, String sin) {
    float x = Float.intBitsToFloat(Integer.parseUnsignedInt(angle, 16));
    assertEquals(cos, String.format(Locale.ROOT, "%08x", Float.floatToIntBits(CudaTrig.cosf(x))));
    assertEquals(sin, String.format(Locale.ROOT, "%08x", Float.floatToIntBits(CudaTrig.sinf(x))));
  }

  /**
   * Sums over four million floats of all magnitudes, each result's bits times an odd number, as an
   * H100 gave them (PyTorch 2.11.0+cu130): small angles and those that take the long reduction.
   */
  @ParameterizedTest
  @CsvSource({
    "false, 0, 105615, 2369316, eaf0eb0d4b33c515",
    "false, 105615, Infinity, 1824988, 1b48cdb35df65f2b",
    "true, 0, 105615, 2369316, b17c39373aed4f0f",
    "true, 105615, Infinity, 1824988, fa3b33ebc8d584b1"
  })
  void givesTheSumsOfTheDevice(boolean sine, float from, float to, int count, String sum) {
    int seen = 0;
    long actual = 0;
    for (long i = 0; i < 1 << 22; i++) {
      int bits = (int) (i * 0x9E3779B1L) & 0x7fffffff;
      float x = Float.intBitsToFloat(bits >= 0x7f800000 ? bits - 0x40000000 : bits);
      if (x >= from && x < to) {
        float y = sine ? CudaTrig.sinf(x) : CudaTrig.cosf(x);
        actual += Integer.toUnsignedLong(Float.floatToRawIntBits(y)) * (2 * i + 1);
        seen++;
      }
    }
    assertEquals(count, seen);
    assertEquals(sum, String.format(Locale.ROOT, "%016x", actual));
  }
}
