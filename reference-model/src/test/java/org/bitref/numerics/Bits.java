package org.bitref.numerics;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.function.Supplier;

/** Equality to the bit, sign of zero included; any NaN equals any other. */
final class Bits {
  private Bits() {}

  static void assertSame(double expected, double actual, Supplier<String> where) {
    if (Double.doubleToLongBits(expected) != Double.doubleToLongBits(actual)) {
      fail(
          where.get()
              + ": expected "
              + Double.toHexString(expected)
              + " but was "
              + Double.toHexString(actual));
    }
  }

  static void assertSame(double expected, double actual) {
    assertSame(expected, actual, () -> "");
  }

  static void assertWord(long expected, long actual, Supplier<String> where) {
    if (expected != actual) {
      fail(
          where.get()
              + ": expected 0x"
              + Long.toHexString(expected)
              + " but was 0x"
              + Long.toHexString(actual));
    }
  }
}
