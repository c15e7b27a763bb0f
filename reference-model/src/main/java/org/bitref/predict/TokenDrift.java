package org.bitref.predict;

import org.bitref.model.Stage;
import org.bitref.tensor.Tensor;

/**
 * How a stage of B differs from that of A, token by token.
 *
 * @param squares sum of (B - A)² of each token
 * @param reference sum of A² of each token
 * @param absolute sum of |B - A| of each token
 * @param width values of a token
 */
record TokenDrift(double[] squares, double[] reference, double[] absolute, long width) {

  static TokenDrift of(Stage stage, Tensor a, Tensor b) {
    int axis = stage.tokenAxis();
    int tokens = a.shape().intDim(axis);
    long inner = 1;
    for (int i = axis + 1; i < a.shape().rank(); i++) {
      inner *= a.shape().dim(i);
    }
    double[] squares = new double[tokens];
    double[] reference = new double[tokens];
    double[] absolute = new double[tokens];
    for (long i = 0; i < a.elements(); i++) {
      int token = (int) (i / inner % tokens);
      double x = a.get(i);
      double d = b.get(i) - x;
      squares[token] += d * d;
      reference[token] += x * x;
      absolute[token] += Math.abs(d);
    }
    return new TokenDrift(squares, reference, absolute, a.elements() / tokens);
  }

  int tokens() {
    return squares.length;
  }

  /** Root mean square of B - A over that of A, over tokens [from, to); 0 if A is zero there. */
  double relative(int from, int to) {
    double square = 0;
    double size = 0;
    for (int t = from; t < to; t++) {
      square += squares[t];
      size += reference[t];
    }
    return size == 0 ? 0 : Math.sqrt(square / size);
  }

  /** {@link #relative} on the scale without a limit, on which independent errors add in squares. */
  double unbounded(int from, int to) {
    return Limit.unbounded(relative(from, to), (to - from) * width);
  }

  double meanAbs(int tokens) {
    double sum = 0;
    for (int t = 0; t < tokens; t++) {
      sum += absolute[t];
    }
    return sum / ((double) tokens * width);
  }
}
