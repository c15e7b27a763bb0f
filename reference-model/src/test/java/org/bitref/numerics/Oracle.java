package org.bitref.numerics;

import java.math.BigInteger;

/**
 * A second implementation of the formats that shares no constant and no formula with {@link
 * Format}: rounding divides whole numbers, and the values of the short formats are counted up.
 *
 * @param precision significant bits
 * @param lowest exponent of the smallest subnormal number
 * @param largest the largest finite value
 * @param overflow what a larger value becomes
 */
record Oracle(int precision, int lowest, double largest, double overflow) {
  static Oracle of(Format format) {
    double infinity = Double.POSITIVE_INFINITY;
    return switch (format) {
      case F64 -> new Oracle(53, -1074, Double.MAX_VALUE, infinity);
      case F32 -> new Oracle(24, -149, Float.MAX_VALUE, infinity);
      case TF32 -> new Oracle(11, -136, 0x1.FFCp127, infinity);
      case E8M13 -> new Oracle(14, -139, 0x1.FFF8p127, infinity);
      case BF16 -> new Oracle(8, -133, 0x1.FEp127, infinity);
      case F16 -> new Oracle(11, -24, 65504, infinity);
      case E4M3 -> new Oracle(4, -9, 448, Double.NaN);
      case E5M2 -> new Oracle(3, -16, 57344, infinity);
    };
  }

  /**
   * The values of the words 0, 1, 2 and so on of a short format up to the largest finite one, and
   * then the number that would follow.
   */
  static double[] magnitudes(Format format) {
    return switch (format) {
      case F16 -> countUp(0x1p-24, 1024, 0x7C00);
      case BF16 -> countUp(0x1p-133, 128, 0x7F80);
      case E4M3 -> countUp(0x1p-9, 8, 0x7F);
      case E5M2 -> countUp(0x1p-16, 4, 0x7C);
      case F64, F32, TF32, E8M13 -> throw new IllegalArgumentException(format + " is too long");
    };
  }

  /** The spacing doubles after each binade; the subnormals share that of the first. */
  private static double[] countUp(double smallest, int binade, int count) {
    double[] values = new double[count + 1];
    double spacing = smallest;
    for (int word = 1; word <= count; word++) {
      values[word] = values[word - 1] + spacing;
      if (word >= 2 * binade && word % binade == 0) {
        spacing *= 2;
      }
    }
    return values;
  }

  double round(double x, Rounding rounding) {
    if (Double.isNaN(x) || x == 0) {
      return x;
    }
    if (Double.isInfinite(x)) {
      return Math.copySign(overflow, x);
    }
    int exponent = exponent(x);
    return Math.copySign(round(BigInteger.valueOf(significand(x)), exponent, rounding), x);
  }

  /** A finite double as a whole number of 2^-1074, the smallest double. */
  static BigInteger units(double x) {
    BigInteger magnitude = BigInteger.valueOf(significand(x)).shiftLeft(exponent(x) + 1074);
    return x < 0 ? magnitude.negate() : magnitude;
  }

  private static long significand(double x) {
    long fraction = Double.doubleToLongBits(x) & 0xF_FFFF_FFFF_FFFFL;
    return Math.abs(x) < Double.MIN_NORMAL ? fraction : fraction + 0x10_0000_0000_0000L;
  }

  private static int exponent(double x) {
    return Math.abs(x) < Double.MIN_NORMAL ? -1074 : Math.getExponent(x) - 52;
  }

  /** Rounds {@code n * 2^exponent}; a zero has no sign here. */
  double round(BigInteger n, int exponent, Rounding rounding) {
    BigInteger magnitude = n.abs();
    int unit = Math.max(magnitude.bitLength() + exponent - precision, lowest);
    BigInteger whole = magnitude;
    if (unit > exponent) {
      BigInteger divisor = BigInteger.TWO.pow(unit - exponent);
      BigInteger[] parts = magnitude.divideAndRemainder(divisor);
      int againstHalf = parts[1].shiftLeft(1).compareTo(divisor);
      boolean up =
          switch (rounding) {
            case RZ -> false;
            case RNA -> againstHalf >= 0;
            case RNE -> againstHalf > 0 || (againstHalf == 0 && parts[0].testBit(0));
          };
      whole = up ? parts[0].add(BigInteger.ONE) : parts[0];
    } else {
      whole = magnitude.shiftLeft(exponent - unit);
    }
    double value =
        whole.bitLength() + unit > 1024 ? overflow : Math.scalb(whole.doubleValue(), unit);
    value = value > largest ? overflow : value;
    return n.signum() < 0 ? -value : value;
  }
}
