package org.bitref.numerics;

/**
 * Error-free transforms: what a rounded operation lost, as another double. Exact unless something
 * overflows or a product's error underflows (T. Ogita, S. Rump, S. Oishi, "Accurate sum and dot
 * product", SIAM J. Sci. Comput. 26, 2005).
 */
public final class ErrorFree {
  private ErrorFree() {}

  /**
   * {@code (a + b) - sum} without error, where {@code sum} is the rounded sum. D. Knuth's TwoSum.
   */
  public static double sumError(double a, double b, double sum) {
    double bRounded = sum - a;
    return (a - (sum - bRounded)) + (b - bRounded);
  }

  /** {@code a * b - product} without error, where {@code product} is the rounded product. */
  public static double productError(double a, double b, double product) {
    return Fma.of(a, b, -product);
  }
}
