package org.bitref.numerics;

import static org.bitref.numerics.Bits.assertSame;
import static org.bitref.numerics.Bits.assertWord;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Rounding between any two neighbours of a short format. The neighbours are known by construction,
 * so the expected result is one of two words and needs no arithmetic.
 */
class ShortFormatRoundingTest {
  private final double[] probes = new double[16];

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16", "E4M3", "E5M2"})
  void everyGap(Format format) {
    double[] values = Oracle.magnitudes(format);
    for (int low = 0; low + 1 < values.length; low++) {
      double middle = (values[low] + values[low + 1]) / 2;
      int n = between(values[low], middle);
      for (int i = 0; i < n; i++) {
        check(format, values, probes[i], low, low, low);
      }
      int even = low % 2 == 0 ? low : low + 1;
      check(format, values, middle, even, low, low + 1);
      n = between(middle, values[low + 1]);
      for (int i = 0; i < n; i++) {
        check(format, values, probes[i], low + 1, low, low + 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16", "E4M3", "E5M2"})
  void fromOneSpacingPastTheLargestOnEverythingOverflows(Format format) {
    double[] values = Oracle.magnitudes(format);
    int top = values.length - 1;
    for (double x = values[top]; x < Double.POSITIVE_INFINITY; x *= 1.5) {
      check(format, values, x, top, top, top);
      check(format, values, Math.nextUp(x), top, top, top);
    }
    check(format, values, Double.MAX_VALUE, top, top, top);
    check(format, values, Double.POSITIVE_INFINITY, top, top, top);
  }

  /** Doubles and floats inside an open interval: next to both its ends, and in between. */
  private int between(double low, double high) {
    double middle = (low + high) / 2;
    double[] candidates = {
      Math.nextUp(low),
      Math.nextUp(Math.nextUp(low)),
      Math.nextUp((float) low),
      middle,
      (float) middle,
      Math.nextDown((float) high),
      Math.nextDown(Math.nextDown(high)),
      Math.nextDown(high)
    };
    int n = 0;
    for (double candidate : candidates) {
      if (low < candidate && candidate < high) {
        probes[n++] = candidate;
      }
    }
    return n;
  }

  private static void check(
      Format format, double[] values, double x, int nearestEven, int towardZero, int nearestAway) {
    int sign = 1 << (format.width() - 1);
    checkRound(format, x, Rounding.RNE, value(format, values, nearestEven));
    checkRound(format, x, Rounding.RZ, value(format, values, towardZero));
    checkRound(format, x, Rounding.RNA, value(format, values, nearestAway));
    int limited = Math.min(nearestEven, values.length - 2);
    assertSame(values[limited], format.saturate(x), () -> format + " saturates " + x);
    assertSame(-values[limited], format.saturate(-x), () -> format + " saturates -" + x);
    // The word of an overflow follows that of the largest value, for NaN in E4M3 too.
    checkWord(format, x, nearestEven);
    checkWord(format, -x, nearestEven | sign);
  }

  private static double value(Format format, double[] values, int word) {
    if (word < values.length - 1) {
      return values[word];
    }
    return format == Format.E4M3 ? Double.NaN : Double.POSITIVE_INFINITY;
  }

  private static void checkRound(Format format, double x, Rounding rounding, double expected) {
    assertSame(
        expected, format.round(x, rounding), () -> format + " " + rounding + " of " + hex(x));
    assertSame(
        -expected, format.round(-x, rounding), () -> format + " " + rounding + " of -" + hex(x));
  }

  private static void checkWord(Format format, double x, int expected) {
    long word =
        switch (format) {
          case BF16 -> BFloat16.fromDouble(x) & 0xFFFF;
          case F16 -> Half.fromDouble(x) & 0xFFFF;
          case E4M3 -> Float8.e4m3FromDouble(x) & 0xFF;
          default -> Float8.e5m2FromDouble(x) & 0xFF;
        };
    assertWord(expected, word, () -> format + " word of " + hex(x));
    float single = (float) x;
    if (single != x) {
      return;
    }
    if (format == Format.BF16) {
      int direct = BFloat16.fromFloat(single) & 0xFFFF;
      assertWord(expected, direct, () -> "BF16 word of the float " + hex(x));
    } else if (format == Format.F16) {
      double direct = Half.round(single);
      assertSame(format.decode(expected), direct, () -> "Half.round of " + hex(x));
    }
  }

  private static String hex(double x) {
    return Double.toHexString(x);
  }
}
