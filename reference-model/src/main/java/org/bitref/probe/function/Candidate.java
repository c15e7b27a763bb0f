package org.bitref.probe.function;

import java.util.function.UnaryOperator;
import org.bitref.tensor.Tensor;

/**
 * A way in which a function may be computed.
 *
 * @param text its name, or the text of a recipe
 * @param h100 true if it is what an H100 computes, by its tables
 * @param function from inputs to results of the same type
 * @param unrounded the same with a float32 result
 */
record Candidate(
    String text, boolean h100, UnaryOperator<Tensor> function, UnaryOperator<Tensor> unrounded) {
  /** A function of one number, all of which are asked if they are of 16 bits. */
  static Candidate ofPoints(String text, boolean h100, UnaryOperator<Tensor> function) {
    return new Candidate(text, h100, function, function);
  }

  Tensor run(Tensor x) {
    return function.apply(x);
  }
}
