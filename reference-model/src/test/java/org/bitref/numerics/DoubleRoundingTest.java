package org.bitref.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

/**
 * Doubles that lie so close to a midpoint that a float cannot tell: going through a float first
 * rounds twice and gives the other neighbour.
 */
class DoubleRoundingTest {
  @Test
  void halfAboveAMidpoint() {
    double x = 1 + 0x1p-11 + 0x1p-40;
    assertEquals((short) 0x3C01, Half.fromDouble(x));
    assertEquals((short) 0x3C00, Float.floatToFloat16((float) x));
    assertEquals((short) 0xBC01, Half.fromDouble(-x));
  }

  @Test
  void halfBelowAMidpoint() {
    double x = 1 + 3 * 0x1p-11 - 0x1p-40;
    assertEquals((short) 0x3C01, Half.fromDouble(x));
    assertEquals((short) 0x3C02, Float.floatToFloat16((float) x));
  }

  @Test
  void halfSubnormal() {
    double x = 0x1p-25 + 0x1p-60;
    assertEquals((short) 0x0001, Half.fromDouble(x));
    assertEquals((short) 0x0000, Float.floatToFloat16((float) x));
  }

  @Test
  void halfOverflow() {
    double x = Math.nextDown(65520.0);
    assertEquals((short) 0x7BFF, Half.fromDouble(x));
    assertEquals((short) 0x7C00, Float.floatToFloat16((float) x));
    assertEquals((short) 0x7C00, Half.fromDouble(65520.0));
    assertEquals((short) 0x7BFF, Half.fromDouble(65519.99));
    assertEquals((short) 0xFC00, Half.fromDouble(-65520.0));
  }

  @Test
  void bfloat16() {
    double above = 1 + 0x1p-8 + 0x1p-40;
    assertEquals((short) 0x3F81, BFloat16.fromDouble(above));
    assertEquals((short) 0x3F80, BFloat16.fromFloat((float) above));
    double below = 1 + 3 * 0x1p-8 - 0x1p-40;
    assertEquals((short) 0x3F81, BFloat16.fromDouble(below));
    assertEquals((short) 0x3F82, BFloat16.fromFloat((float) below));
  }

  @Test
  void bfloat16SubnormalAndOverflow() {
    double tiny = 0x1p-134 + 0x1p-170;
    assertEquals((short) 1, BFloat16.fromDouble(tiny));
    assertEquals((short) 0, BFloat16.fromFloat((float) tiny));
    double huge = Math.nextDown(0x1.FFp127);
    assertEquals((short) 0x7F7F, BFloat16.fromDouble(huge));
    assertEquals((short) 0x7F80, BFloat16.fromFloat((float) huge));
    assertEquals((short) 0x7F80, BFloat16.fromDouble(0x1.FFp127));
  }

  @Test
  void float8() {
    double x = 1 + 0x1p-4 + 0x1p-40;
    assertEquals((byte) 0x39, Float8.e4m3FromDouble(x));
    assertEquals((byte) 0x38, Float8.e4m3FromDouble((float) x));
    assertEquals((byte) 0x7E, Float8.e4m3FromDouble(464));
    assertEquals((byte) 0x7F, Float8.e4m3FromDouble(Math.nextUp(464.0)));
    double y = 1 + 0x1p-3 + 0x1p-12;
    assertEquals((byte) 0x3D, Float8.e5m2FromDouble(y));
    assertEquals((byte) 0x3C, Float8.e5m2FromDouble(Half.round((float) (y - 0x1p-13))));
    assertEquals((byte) 0x7B, Float8.e5m2FromDouble(Math.nextDown(61440.0)));
    assertEquals((byte) 0x7C, Float8.e5m2FromDouble(61440));
  }

  /** Adding a half before truncating would carry the double just below a half up to one. */
  @Test
  void justBelowHalfOfTheSmallestSubnormalRoundsToZero() {
    for (Format format : Format.values()) {
      if (format != Format.F64) {
        double x = Math.nextDown(format.minSubnormal() / 2);
        Bits.assertSame(0.0, format.round(x, Rounding.RNA), () -> format + " RNA");
        Bits.assertSame(-0.0, format.round(-x, Rounding.RNA), () -> format + " RNA");
        Bits.assertSame(0.0, format.round(x, Rounding.RNE), () -> format + " RNE");
        assertNotEquals(0.0, format.round(Math.nextUp(x), Rounding.RNA));
      }
    }
  }
}
