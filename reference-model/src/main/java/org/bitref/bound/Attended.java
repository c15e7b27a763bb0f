package org.bitref.bound;

import java.util.function.IntUnaryOperator;

/**
 * An attention's exact output and, for each family, how far a right one may be from it before it is
 * converted, [heads * M * D].
 */
public record Attended(double[] exact, double[][] error) {
  /** Output i is what stands here at {@code from} of i; NaN below 0. */
  public Attended moved(IntUnaryOperator from) {
    double[][] moved = new double[error.length][];
    for (int f = 0; f < moved.length; f++) {
      moved[f] = moved(error[f], from);
    }
    return new Attended(moved(exact, from), moved);
  }

  private static double[] moved(double[] values, IntUnaryOperator from) {
    double[] result = new double[values.length];
    for (int i = 0; i < result.length; i++) {
      int at = from.applyAsInt(i);
      result[i] = at < 0 ? Double.NaN : values[at];
    }
    return result;
  }
}
