package org.bitref.numerics;

/** Distances counted in representable numbers. */
public final class Ulp {
  private Ulp() {}

  /**
   * How many steps of the format lie between two stored words: 0 for equal values (also for +0 and
   * -0, and for two NaNs), {@link Long#MAX_VALUE} if just one is NaN or a long is too short. The
   * largest finite number and infinity are neighbours.
   */
  public static long distance(Format format, long a, long b) {
    boolean aNan = Double.isNaN(format.decode(a));
    boolean bNan = Double.isNaN(format.decode(b));
    if (aNan || bNan) {
      return aNan && bNan ? 0 : Long.MAX_VALUE;
    }
    long from = ordinal(format, a);
    long to = ordinal(format, b);
    // Of opposite signs, two doubles can be 2^63 steps apart or more: this wraps to below zero.
    long distance = Math.max(from, to) - Math.min(from, to);
    return distance < 0 ? Long.MAX_VALUE : distance;
  }

  /**
   * The word of a value of this format as a signed count of steps from zero; monotonic in the
   * value.
   */
  public static long ordinal(Format format, long bits) {
    long sign = 1L << (format.width() - 1);
    // A float that holds a shorter format leaves its lowest bits at zero.
    int unused = format.width() == 32 ? 24 - format.precision() : 0;
    long magnitude = (bits & (sign - 1)) >>> unused;
    return (bits & sign) == 0 ? magnitude : -magnitude;
  }

  /** {@code |error|} in units in the last place of {@code reference} in this format. */
  public static double of(Format format, double error, double reference) {
    return Math.abs(error) / format.ulp(reference);
  }
}
