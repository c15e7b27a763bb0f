package org.bitref.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimpleNumberTest {
  /** Intervals a few parts in 100,000 wide, as a row of bfloat16 outputs leaves. */
  @ParameterizedTest
  @CsvSource({
    "9.99995e-6, 1.00001e-5, 1e-5, 0, 0",
    "0.00195305, 0.0019532, 0.001953125, 1, 512",
    "0.33332, 0.33334, 0.3333333333333333, 1, 3",
    "-0.33332, -0.33334, -0.3333333333333333, -1, 3",
    "0.00234363, 0.00234380, 0.00234375, 3, 1280",
    "2.9999, 3.0002, 3, 3, 1",
    "0.0883871, 0.0883899, 0.088389, 0, 0"
  })
  void theSimplestNumberOfAnInterval(
      float low, float high, double value, long numerator, long denominator) {
    SimpleNumber simple = SimpleNumber.between(low, high);
    assertEquals(new SimpleNumber(value, numerator, denominator), simple);
  }

  /** Also of a single float, and of the smallest and largest. */
  @Test
  void itRoundsToAFloatOfTheInterval() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 20_000; i++) {
      int bits = random.nextInt(Float.floatToRawIntBits(Float.MAX_VALUE) - 5000);
      float low = Float.intBitsToFloat(bits);
      float high = Float.intBitsToFloat(bits + (random.nextBoolean() ? 0 : random.nextInt(5000)));
      float rounded = (float) SimpleNumber.between(low, high).value();
      assertTrue(low <= rounded && rounded <= high, low + " " + rounded + " " + high);
    }
  }
}
