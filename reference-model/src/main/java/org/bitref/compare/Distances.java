package org.bitref.compare;

import java.math.BigInteger;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.numerics.Ulp;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/**
 * How far elements of two types lie apart.
 *
 * @param coarser the type with fewer significant bits, in which distances are counted; of integers
 *     the wider one
 * @param scale how they are counted
 */
record Distances(DType coarser, Scale scale) {
  /** Below this every whole number is a double. */
  private static final double EXACT_WHOLE = 0x1p53;

  private static final Distance SAME = new Distance(0, false, true);

  /** How distances are counted. */
  enum Scale {
    /** Whole numbers. */
    WHOLE,
    /** In the coarser type, after the finer value is rounded to it. */
    NESTED,
    /** In the coarser type, which does not hold the other nor is held by it. */
    APART
  }

  static Distances of(DType a, DType b) {
    return new Distances(coarser(a, b), scale(a, b));
  }

  private static Scale scale(DType a, DType b) {
    if (!a.isFloat()) {
      return Scale.WHOLE;
    }
    return Comparer.areNested(a, b) ? Scale.NESTED : Scale.APART;
  }

  /** The type with fewer significant bits; of integers the wider one. */
  private static DType coarser(DType a, DType b) {
    if (!a.isFloat()) {
      return a.bytes() >= b.bytes() ? a : b;
    }
    return a.format().orElseThrow().precision() <= b.format().orElseThrow().precision() ? a : b;
  }

  boolean isWhole() {
    return scale == Scale.WHOLE;
  }

  /** The distance of element {@code index} of two tensors, whose values as doubles are x and y. */
  Distance of(Tensor a, Tensor b, long index, double x, double y) {
    if (scale != Scale.WHOLE && Double.compare(x, y) == 0) {
      return SAME;
    }
    return switch (scale) {
      case WHOLE -> wholeDistance(a, b, index, x, y);
      case NESTED -> roundedDistance(x, y);
      case APART -> distance(x, y);
    };
  }

  /**
   * How far two elements lie apart in the coarser type.
   *
   * @param equalRounded true if they are equal once both are rounded to it
   */
  record Distance(long ulp, boolean oppositeZeros, boolean equalRounded) {}

  private Distance roundedDistance(double a, double b) {
    Format format = coarser.format().orElseThrow();
    double x = format.round(a, Rounding.RNE);
    double y = format.round(b, Rounding.RNE);
    long ulp = Ulp.distance(format, format.encode(x), format.encode(y));
    boolean oppositeZeros = x == 0 && y == 0 && Double.compare(x, y) != 0;
    return new Distance(ulp, oppositeZeros, ulp == 0 && !oppositeZeros);
  }

  /** Nothing is rounded: a begun step counts whole. One of both is a value of the coarser type. */
  private Distance distance(double a, double b) {
    Format format = coarser.format().orElseThrow();
    double x = outwards(format, a, b);
    double y = outwards(format, b, a);
    boolean oppositeZeros = a == 0 && b == 0 && Double.compare(a, b) != 0;
    return new Distance(
        Ulp.distance(format, format.encode(x), format.encode(y)),
        oppositeZeros,
        roundedDistance(a, b).equalRounded());
  }

  /** The value of this format next to {@code value}, if it is none itself, away from another. */
  private static double outwards(Format format, double value, double from) {
    double inner = format.round(value, Rounding.RZ);
    boolean grows = value > 0 ? value > from : value < from;
    boolean kept = inner == value || Double.isNaN(value) || Double.isNaN(from) || !grows;
    return kept ? inner : inner + Math.copySign(format.ulp(inner), value);
  }

  private Distance wholeDistance(Tensor a, Tensor b, long index, double x, double y) {
    if (Math.max(Math.abs(x), Math.abs(y)) < EXACT_WHOLE) {
      return new Distance((long) Math.abs(x - y), false, x == y);
    }
    BigInteger distance = whole(a, index).subtract(whole(b, index)).abs();
    long steps = distance.bitLength() < 64 ? distance.longValue() : Long.MAX_VALUE;
    return new Distance(steps, false, steps == 0);
  }

  private static BigInteger whole(Tensor tensor, long index) {
    return tensor.dtype() == DType.U64
        ? new BigInteger(Long.toUnsignedString(tensor.getLong(index)))
        : BigInteger.valueOf(tensor.getLong(index));
  }
}
