package org.bitref.compare;

import org.bitref.numerics.Format;
import org.bitref.numerics.Ulp;
import org.bitref.tensor.Tensor;

/**
 * How far a tensor is from an exact result.
 *
 * @param maxUlp in units in the last place of its own type, at the larger of value and exact value
 * @param rmsUlp root of the mean square
 * @param meanAbs mean absolute error
 */
public record OwnError(double maxUlp, double rmsUlp, double meanAbs) {
  /**
   * Compares element by element; the tensors have as many elements.
   *
   * @param tensor of a floating-point type
   */
  public static OwnError of(Tensor tensor, Tensor exact) {
    return of(tensor, exact, tensor.dtype().format().orElseThrow());
  }

  /** The same in units of another format. */
  public static OwnError of(Tensor tensor, Tensor exact, Format format) {
    double max = 0;
    double squares = 0;
    double absolute = 0;
    for (long i = 0; i < tensor.elements(); i++) {
      double truth = exact.get(i);
      double error = error(tensor.get(i), truth);
      // At the larger of both: where the exact result is nearly zero its own ULP says nothing.
      double size = Math.max(Math.abs(truth), Math.abs(tensor.get(i)));
      double ulps = error == 0 ? 0 : Ulp.of(format, error, size);
      max = Math.max(max, ulps);
      squares += ulps * ulps;
      absolute += Math.abs(error);
    }
    long n = Math.max(1, tensor.elements());
    return new OwnError(max, Math.sqrt(squares / n), absolute / n);
  }

  /** NaN against a number is infinitely wrong; the same infinity, or two NaNs, are right. */
  private static double error(double x, double truth) {
    if (x == truth || (Double.isNaN(x) && Double.isNaN(truth))) {
      return 0;
    }
    double error = x - truth;
    return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
  }
}
