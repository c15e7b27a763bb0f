package org.bitref.numerics;

/**
 * A binary floating-point format as a row of integers. Every value of every format is a double, so
 * a double carries it.
 *
 * <p>Source: IEEE 754-2019; OCP 8-bit floating point specification 1.0 for E4M3 and E5M2; the PTX
 * ISA for TF32. E8M13 is the accumulator of FP8 tensor-core instructions on sm_89 and sm_90
 * (captures of an H100): a float with 13 fraction bits.
 */
public enum Format {
  F64(64, 53, -1022, 1023, true),
  F32(32, 24, -126, 127, true),
  TF32(32, 11, -126, 127, true),
  E8M13(32, 14, -126, 127, true),
  BF16(16, 8, -126, 127, true),
  F16(16, 11, -14, 15, true),
  /** Without infinities: the all-ones exponent holds numbers up to 448 and one NaN per sign. */
  E4M3(8, 4, -6, 8, false),
  E5M2(8, 3, -14, 15, true);

  private final int width;
  private final int precision;
  private final int emin;
  private final int emax;
  private final boolean infinities;

  Format(int width, int precision, int emin, int emax, boolean infinities) {
    this.width = width;
    this.precision = precision;
    this.emin = emin;
    this.emax = emax;
    this.infinities = infinities;
  }

  /** Bits of the stored word; TF32 and E8M13 are stored as a float. */
  public int width() {
    return width;
  }

  /** Significant bits of a normal number, the hidden one included. */
  public int precision() {
    return precision;
  }

  /** Exponent of the smallest normal number, which is 2^emin. */
  public int emin() {
    return emin;
  }

  /** Exponent of the largest finite number. */
  public int emax() {
    return emax;
  }

  /** True if a value too large becomes infinite; in E4M3 it becomes NaN. */
  public boolean hasInfinities() {
    return infinities;
  }

  /** True if every value of the other format is one of this, infinities aside. */
  public boolean holds(Format other) {
    return precision >= other.precision
        && maxFinite() >= other.maxFinite()
        && minSubnormal() <= other.minSubnormal();
  }

  /** Unit roundoff 2^-precision: the largest relative error of one rounding to nearest. */
  public double unitRoundoff() {
    return Math.scalb(1.0, -precision);
  }

  /** The smallest positive value, which is the spacing of the subnormal numbers. */
  public double minSubnormal() {
    return Math.scalb(1.0, emin - precision + 1);
  }

  /** The largest finite value: 448 for E4M3, whose all-ones significand at emax is a NaN. */
  public double maxFinite() {
    double ones = infinities ? 2 - Math.scalb(1.0, 1 - precision) : 1.75;
    return Math.scalb(ones, emax);
  }

  /**
   * Spacing of the format's numbers at {@code x}: one unit in the last place, subnormals included.
   */
  public double ulp(double x) {
    return Math.scalb(1.0, Math.clamp(Math.getExponent(x), emin, emax) - precision + 1);
  }

  /**
   * Rounds a double into this format, in one step. Subnormal results are kept and signs of zero
   * survive. Too large a value becomes infinite (NaN in E4M3), under RZ too if its magnitude
   * reaches the largest finite value plus one spacing (2^(emax+1); 480 in E4M3), as a conversion on
   * a GPU does; below that it truncates to the largest finite value.
   */
  public double round(double x, Rounding rounding) {
    if (this == F64 || x == 0 || !Double.isFinite(x)) {
      return this == E4M3 && Double.isInfinite(x) ? Double.NaN : x;
    }
    int exponent = Math.max(Math.getExponent(x), emin) - precision + 1;
    // Powers of two far inside the range of a double, which multiply exactly: scalb takes longer.
    double scaled = x * power(-exponent);
    double whole =
        switch (rounding) {
          case RNE -> Math.rint(scaled);
          case RZ -> truncate(scaled);
          case RNA -> awayFromZero(scaled);
        };
    double rounded = Math.copySign(whole * power(exponent), x);
    if (Math.abs(rounded) <= maxFinite()) {
      return rounded;
    }
    return infinities ? Math.copySign(Double.POSITIVE_INFINITY, x) : Double.NaN;
  }

  private static double power(int exponent) {
    return Double.longBitsToDouble((exponent + 1023L) << 52);
  }

  /** As {@link #round} to nearest even, but too large a value becomes the largest finite one. */
  public double saturate(double x) {
    if (Double.isNaN(x)) {
      return x;
    }
    double max = maxFinite();
    return Math.clamp(round(Math.clamp(x, -max, max), Rounding.RNE), -max, max);
  }

  private static double truncate(double x) {
    return x < 0 ? Math.ceil(x) : Math.floor(x);
  }

  /** Adding a half and truncating would be wrong for the double just below a half. */
  private static double awayFromZero(double x) {
    double whole = truncate(x);
    return Math.abs(x - whole) < 0.5 ? whole : whole + Math.copySign(1, x);
  }

  /**
   * The stored word of a value of this format, zero-extended.
   *
   * @param value a value that {@link #round} leaves as it is
   */
  public long encode(double value) {
    return switch (this) {
      case F64 -> Double.doubleToRawLongBits(value);
      case F32, TF32, E8M13 -> Float.floatToRawIntBits((float) value) & 0xFFFF_FFFFL;
      case BF16 -> BFloat16.fromDouble(value) & 0xFFFFL;
      case F16 -> Half.fromDouble(value) & 0xFFFFL;
      case E4M3 -> Float8.e4m3FromDouble(value) & 0xFFL;
      case E5M2 -> Float8.e5m2FromDouble(value) & 0xFFL;
    };
  }

  /** The value of a stored word, of which the lowest {@link #width} bits count. */
  public double decode(long bits) {
    return switch (this) {
      case F64 -> Double.longBitsToDouble(bits);
      case F32, TF32, E8M13 -> Float.intBitsToFloat((int) bits);
      case BF16 -> BFloat16.toFloat((short) bits);
      case F16 -> Float.float16ToFloat((short) bits);
      case E4M3 -> Float8.e4m3ToFloat((byte) bits);
      case E5M2 -> Float8.e5m2ToFloat((byte) bits);
    };
  }
}
