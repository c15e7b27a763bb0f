package org.bitref.search;

import java.util.function.IntPredicate;
import java.util.function.IntToDoubleFunction;
import org.bitref.compare.StoredBits;
import org.bitref.kernel.spec.OutputTail;
import org.bitref.numerics.Format;

/**
 * The float32 factors of one sign under which outputs so far are as captured: an unbroken run of
 * them, because every epilogue that is searched rises or falls with its factor. Not thread-safe.
 */
final class FactorInterval {
  private final boolean negative;
  private int low;
  private int high;

  private FactorInterval(boolean negative, int low, int high) {
    this.negative = negative;
    this.low = low;
    this.high = high;
  }

  /** All factors from half to twice a measured one. */
  static FactorInterval around(double measured) {
    double magnitude = Math.clamp(Math.abs(measured), 2 * Float.MIN_NORMAL, Float.MAX_VALUE / 2);
    return new FactorInterval(
        measured < 0,
        Float.floatToRawIntBits((float) (magnitude / 2)),
        Float.floatToRawIntBits((float) (magnitude * 2)));
  }

  FactorInterval copy() {
    return new FactorInterval(negative, low, high);
  }

  /** The factor of least magnitude. */
  float least() {
    return factor(low);
  }

  /** The factor of most magnitude. */
  float most() {
    return factor(high);
  }

  private float factor(int magnitude) {
    float factor = Float.intBitsToFloat(magnitude);
    return negative ? -factor : factor;
  }

  boolean contains(float factor) {
    int magnitude = Float.floatToRawIntBits(Math.abs(factor));
    return factor < 0 == negative && low <= magnitude && magnitude <= high;
  }

  /**
   * Keeps the factors that make the captured output of a sum; false if there are none.
   *
   * @param expected the stored bits of output (m, n)
   */
  boolean narrow(OutputTail tail, double sum, int m, int n, Format format, long expected) {
    if (sum == 0 || !Double.isFinite(sum)) {
      tail.setAlpha(least());
      return low <= high && StoredBits.same(format, tail.stored(sum, m, n), expected);
    }
    double y = format.decode(expected);
    int direction = sum > 0 == negative ? -1 : 1;
    IntToDoubleFunction beyond =
        magnitude -> {
          tail.setAlpha(factor(magnitude));
          return direction * (format.decode(tail.stored(sum, m, n)) - y);
        };
    int first = first(low, magnitude -> beyond.applyAsDouble(magnitude) >= 0);
    high = first(first, magnitude -> beyond.applyAsDouble(magnitude) > 0) - 1;
    low = first;
    return low <= high;
  }

  /** The first magnitude from one on that passes; all after it do. */
  private int first(int from, IntPredicate passes) {
    int failing = from - 1;
    int passing = high + 1;
    while (passing - failing > 1) {
      int middle = (failing + passing) >>> 1;
      if (passes.test(middle)) {
        passing = middle;
      } else {
        failing = middle;
      }
    }
    return passing;
  }
}
