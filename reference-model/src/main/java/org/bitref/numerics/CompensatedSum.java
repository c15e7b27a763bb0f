package org.bitref.numerics;

/**
 * A sum of doubles whose own rounding errors are summed beside it (K. Babuška and A. Neumaier,
 * 1974). Not thread-safe.
 */
public final class CompensatedSum {
  private double sum;
  private double error;

  /** Adds {@code x}. */
  public void add(double x) {
    double next = sum + x;
    error += ErrorFree.sumError(sum, x, next);
    sum = next;
  }

  /** The sum; +0 of no terms. */
  public double total() {
    // With an infinity or a NaN in the sum, even of finite terms, the error term means nothing.
    return Double.isFinite(sum) ? sum + error : sum;
  }
}
