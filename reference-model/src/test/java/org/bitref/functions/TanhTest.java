package org.bitref.functions;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.MathContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The hyperbolic tangent is correctly rounded. */
class TanhTest {
  private static final MathContext DIGITS = new MathContext(60);

  /** (e^2x - 1) / (e^2x + 1), e^2x as the 64th power of a series. */
  private static BigDecimal tanh(double x) {
    BigDecimal small = new BigDecimal(x).divide(BigDecimal.valueOf(32), DIGITS);
    BigDecimal term = BigDecimal.ONE;
    BigDecimal sum = BigDecimal.ONE;
    for (int i = 1; i < 60; i++) {
      term = term.multiply(small, DIGITS).divide(BigDecimal.valueOf(i), DIGITS);
      sum = sum.add(term, DIGITS);
    }
    BigDecimal power = sum.pow(64, DIGITS);
    return power.subtract(BigDecimal.ONE, DIGITS).divide(power.add(BigDecimal.ONE, DIGITS), DIGITS);
  }

  /** Every 65537th float from 2^-14 to where it is 1, and some beyond. */
  @Test
  void isTheNearestFloat() {
    int last = Float.floatToRawIntBits(10);
    for (int bits = Float.floatToRawIntBits(0x1p-14f); bits < last; bits += 65537) {
      float x = Float.intBitsToFloat(bits);
      float expected = tanh(x).floatValue();
      assertEquals(expected, Tanh.of(x), "" + x);
      assertEquals(-expected, Tanh.of(-x), "" + -x);
      // The double, of which this is a rounding, is within 2.5 units.
      double wide = StrictMath.tanh(x);
      double error = tanh(x).subtract(new BigDecimal(wide)).doubleValue();
      assertEquals(0, error / Math.ulp(wide), 2.5, "" + x);
    }
  }

  @Test
  void specials() {
    assertEquals(1f, Tanh.of(Float.POSITIVE_INFINITY));
    assertEquals(-1f, Tanh.of(Float.NEGATIVE_INFINITY));
    assertEquals(1f, Tanh.of(9.1f));
    assertEquals(Float.NaN, Tanh.of(Float.NaN));
    assertEquals(-0f, Tanh.of(-0f));
    assertEquals(Float.MIN_VALUE, Tanh.of(Float.MIN_VALUE));
  }

  /** No float's result is within 2.5 units of the double's last place of a middle of two floats. */
  @Test
  @Tag("long")
  void noFloatIsHard() {
    int last = Float.floatToRawIntBits(10);
    for (int bits = 1; bits <= last; bits++) {
      double wide = StrictMath.tanh(Float.intBitsToFloat(bits));
      double off = 2.5 * Math.ulp(wide);
      if ((float) (wide - off) != (float) (wide + off)) {
        throw new AssertionError(Float.toHexString(Float.intBitsToFloat(bits)));
      }
    }
  }
}
