package org.bitref.cli.compare;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;
import org.bitref.numerics.Format;
import org.bitref.numerics.Ulp;
import org.bitref.tensor.Tensor;

/**
 * How far both sides are from the exact result of a stage on A's inputs. What B inherited from
 * other inputs of its own counts as its error here.
 *
 * @param nearer {@code A}, {@code B} or {@code same}, by the mean absolute error
 */
record OwnErrors(Side a, Side b, String nearer) {

  /**
   * The error of one side.
   *
   * @param maxUlp in units in the last place of its own type, at the larger of value and exact
   *     value
   * @param rmsUlp root of the mean square
   */
  record Side(@JsonProperty("max_ulp") double maxUlp, double rmsUlp, double meanAbs) {
    /** Compares element by element; the tensors have as many elements. */
    static Side of(Tensor tensor, Tensor exact) {
      Format format = tensor.dtype().format().orElseThrow();
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
      return new Side(max, Math.sqrt(squares / n), absolute / n);
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

  /** Both sides against the exact result; empty if a side is of an integer type. */
  static Optional<OwnErrors> of(Tensor a, Tensor b, Tensor exact) {
    if (!a.dtype().isFloat() || !b.dtype().isFloat()) {
      return Optional.empty();
    }
    Side left = Side.of(a, exact);
    Side right = Side.of(b, exact);
    int order = Double.compare(left.meanAbs, right.meanAbs);
    return Optional.of(new OwnErrors(left, right, order == 0 ? "same" : order < 0 ? "A" : "B"));
  }
}
