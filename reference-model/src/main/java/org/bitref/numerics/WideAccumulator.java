package org.bitref.numerics;

import java.util.Arrays;

/**
 * An exact sum of doubles and of products of two doubles, rounded once at the end: a fixed-point
 * number that spans every product (U. Kulisch, "Computer Arithmetic and Validity", 2008, chapter
 * 8).
 *
 * <p>Digits have 32 bits and lie in longs, so that 2^30 additions fit before carries must run. Not
 * thread-safe.
 */
public final class WideAccumulator {
  /** Weight of bit 0: below the smallest product, 2^-1074 squared. */
  private static final int LOWEST = -2176;

  private static final int DIGITS = (2176 + 2048 + 64) / 32;
  private static final long MASK = 0xFFFF_FFFFL;

  private final long[] digits = new long[DIGITS];
  private int lowest = DIGITS;
  private int highest = -1;
  private final int mostPending;
  private int pending;
  private boolean nan;
  private boolean plusInfinity;
  private boolean minusInfinity;
  private boolean minusZero;
  private boolean otherThanMinusZero;

  /** An empty sum. */
  public WideAccumulator() {
    this(1 << 30);
  }

  /** An empty sum whose carries run after every {@code mostPending} additions to the digits. */
  WideAccumulator(int mostPending) {
    this.mostPending = mostPending;
  }

  /** Back to an empty sum. */
  public void clear() {
    if (highest >= lowest) {
      Arrays.fill(digits, lowest, highest + 1, 0);
    }
    lowest = DIGITS;
    highest = -1;
    pending = 0;
    nan = false;
    plusInfinity = false;
    minusInfinity = false;
    minusZero = false;
    otherThanMinusZero = false;
  }

  /** Adds {@code x}. */
  public void add(double x) {
    if (special(x)) {
      return;
    }
    long bits = Double.doubleToRawLongBits(x);
    add(bits < 0, significand(bits), exponent(bits) - LOWEST);
  }

  /** Adds the exact product {@code a * b}. */
  public void addProduct(double a, double b) {
    if (a == 0 || b == 0 || !Double.isFinite(a) || !Double.isFinite(b)) {
      special(a * b);
      return;
    }
    otherThanMinusZero = true;
    long aBits = Double.doubleToRawLongBits(a);
    long bBits = Double.doubleToRawLongBits(b);
    long aSignificand = significand(aBits);
    long bSignificand = significand(bBits);
    boolean negative = (aBits ^ bBits) < 0;
    int position = exponent(aBits) + exponent(bBits) - LOWEST;
    long high = Math.multiplyHigh(aSignificand, bSignificand);
    long low = aSignificand * bSignificand;
    add(negative, low & MASK, position);
    add(negative, low >>> 32, position + 32);
    if (high != 0) {
      add(negative, high, position + 64);
    }
  }

  /** Notes what the digits cannot hold; true if there is nothing else to add. */
  private boolean special(double x) {
    if (Double.doubleToRawLongBits(x) == Long.MIN_VALUE) {
      minusZero = true;
    } else {
      otherThanMinusZero = true;
    }
    nan |= Double.isNaN(x);
    plusInfinity |= x == Double.POSITIVE_INFINITY;
    minusInfinity |= x == Double.NEGATIVE_INFINITY;
    return !Double.isFinite(x);
  }

  private static long significand(long bits) {
    long fraction = bits & ((1L << 52) - 1);
    return ((bits >>> 52) & 0x7FF) == 0 ? fraction : fraction | (1L << 52);
  }

  /** Weight of the lowest significand bit as a power of two. */
  private static int exponent(long bits) {
    return Math.max((int) ((bits >>> 52) & 0x7FF), 1) - 1075;
  }

  private void add(boolean negative, long magnitude, int position) {
    int digit = position >>> 5;
    int shift = position & 31;
    long low = (magnitude << shift) & MASK;
    long middle = (magnitude >>> (32 - shift)) & MASK;
    long high = magnitude >>> 32 >>> (32 - shift);
    if (negative) {
      digits[digit] -= low;
      digits[digit + 1] -= middle;
      digits[digit + 2] -= high;
    } else {
      digits[digit] += low;
      digits[digit + 1] += middle;
      digits[digit + 2] += high;
    }
    lowest = Math.min(lowest, digit);
    highest = Math.max(highest, digit + 2);
    if (++pending == mostPending) {
      carry(digits, lowest, DIGITS - 1);
      highest = DIGITS - 1;
      pending = 0;
    }
  }

  /** Brings all digits but the last into [0, 2^32); the last keeps the sign. */
  private static void carry(long[] digits, int from, int last) {
    for (int i = from; i < last; i++) {
      digits[i + 1] += digits[i] >> 32;
      digits[i] &= MASK;
    }
  }

  /**
   * The sum, rounded once. A NaN, or infinities of both signs, give NaN; an exact zero is +0 unless
   * there were terms and every one was -0. The sum itself is left as it was.
   */
  public double round(Format format, Rounding rounding) {
    if (nan || (plusInfinity && minusInfinity)) {
      return Double.NaN;
    }
    if (plusInfinity || minusInfinity) {
      double infinity = plusInfinity ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
      return format.round(infinity, rounding);
    }
    long[] sum = Arrays.copyOf(digits, DIGITS);
    carry(sum, lowest, DIGITS - 1);
    boolean negative = sum[DIGITS - 1] < 0;
    if (negative) {
      for (int i = lowest; i < DIGITS; i++) {
        sum[i] = -sum[i];
      }
      carry(sum, lowest, DIGITS - 1);
    }
    int top = DIGITS - 1;
    while (top >= lowest && sum[top] == 0) {
      top--;
    }
    if (top < lowest) {
      return minusZero && !otherThanMinusZero ? -0.0 : 0.0;
    }
    double magnitude = round(sum, top, format, rounding);
    return negative ? -magnitude : magnitude;
  }

  /** The sum as the nearest double. */
  public double toDouble() {
    return round(Format.F64, Rounding.RNE);
  }

  private double round(long[] sum, int top, Format format, Rounding rounding) {
    int leading = 32 * top + 63 - Long.numberOfLeadingZeros(sum[top]);
    int last = Math.max(leading + LOWEST, format.emin()) - format.precision() + 1 - LOWEST;
    long kept = 0;
    for (int bit = leading; bit >= last; bit--) {
      kept = (kept << 1) | bit(sum, bit);
    }
    boolean half = bit(sum, last - 1) == 1;
    boolean sticky = anyBelow(sum, last - 1);
    boolean up =
        switch (rounding) {
          case RZ -> false;
          case RNA -> half;
          case RNE -> half && (sticky || (kept & 1) == 1);
        };
    double value = Math.scalb((double) (up ? kept + 1 : kept), last + LOWEST);
    return format.round(value, Rounding.RZ);
  }

  private static long bit(long[] sum, int bit) {
    return (sum[bit >> 5] >>> (bit & 31)) & 1;
  }

  private boolean anyBelow(long[] sum, int bit) {
    for (int i = lowest; i < bit >> 5; i++) {
      if (sum[i] != 0) {
        return true;
      }
    }
    return (sum[bit >> 5] & ((1L << (bit & 31)) - 1)) != 0;
  }
}
