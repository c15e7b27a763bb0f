package org.bitref.cli.compare;

import java.util.Optional;
import org.bitref.compare.OwnError;
import org.bitref.tensor.Tensor;

/**
 * How far both sides are from the exact result of a stage on A's inputs. What B inherited from
 * other inputs of its own counts as its error here.
 *
 * @param nearer {@code A}, {@code B} or {@code same}, by the mean absolute error
 */
record OwnErrors(OwnError a, OwnError b, String nearer) {

  /** Both sides against the exact result; empty if a side is of an integer type. */
  static Optional<OwnErrors> of(Tensor a, Tensor b, Tensor exact) {
    if (!a.dtype().isFloat() || !b.dtype().isFloat()) {
      return Optional.empty();
    }
    OwnError left = OwnError.of(a, exact);
    OwnError right = OwnError.of(b, exact);
    int order = Double.compare(left.meanAbs(), right.meanAbs());
    return Optional.of(new OwnErrors(left, right, order == 0 ? "same" : order < 0 ? "A" : "B"));
  }
}
