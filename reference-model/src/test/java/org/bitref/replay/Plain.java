package org.bitref.replay;

import org.bitref.tensor.Tensor;

/** What stages compute, in float64 and by the definition. Rows are [tokens][width]. */
final class Plain {
  private static final int TOKENS = RecordedModel.TOKENS;
  private static final int D = RecordedModel.HEAD;

  private Plain() {}

  /** A value from its place. */
  @FunctionalInterface
  interface At {
    double of(int i);
  }

  static double[] each(int n, At value) {
    double[] all = new double[n];
    for (int i = 0; i < n; i++) {
      all[i] = value.of(i);
    }
    return all;
  }

  static double[] product(double[] x, Tensor weight) {
    return product(x, weight.toDoubles(), weight.shape().intDim(0));
  }

  static double[] product(double[] x, double[] weight, int rows) {
    int columns = weight.length / rows;
    double[] y = new double[x.length / columns * rows];
    for (int i = 0; i < y.length; i++) {
      for (int j = 0; j < columns; j++) {
        y[i] += x[i / rows * columns + j] * weight[i % rows * columns + j];
      }
    }
    return y;
  }

  /** What the sum of squares of n elements makes their divisor. */
  @FunctionalInterface
  interface Divisor {
    double of(double squares, int n);
  }

  static double[] norm(double[] x, Tensor weight, double eps) {
    return norm(x, weight, (squares, n) -> Math.sqrt(squares / n + eps));
  }

  static double[] norm(double[] x, Tensor weight, Divisor divisor) {
    int n = (int) weight.elements();
    double[] y = new double[x.length];
    for (int from = 0; from < x.length; from += n) {
      double squares = 0;
      for (int i = from; i < from + n; i++) {
        squares += x[i] * x[i];
      }
      for (int i = from; i < from + n; i++) {
        y[i] = x[i] / divisor.of(squares, n) * weight.get(i - from);
      }
    }
    return y;
  }

  /** The angle of a pair of a token, or what follows from it. */
  @FunctionalInterface
  interface Angle {
    double of(int token, int pair);
  }

  /** Turns element i of a head with element i + half, the elements behind them not. */
  static double[] rotate(double[] x, int half, Angle angle) {
    return rotate(
        x,
        half,
        (token, pair) -> Math.cos(angle.of(token, pair)),
        (token, pair) -> Math.sin(angle.of(token, pair)));
  }

  /** By cosines and sines of the angles. */
  static double[] rotate(double[] x, int half, Angle cosine, Angle sine) {
    double[] y = x.clone();
    int width = x.length / TOKENS;
    for (int i = 0; i < x.length; i++) {
      int pair = i % D;
      if (pair < half) {
        double cos = cosine.of(i / width, pair);
        double sin = sine.of(i / width, pair);
        y[i] = x[i] * cos - x[i + half] * sin;
        y[i + half] = x[i + half] * cos + x[i] * sin;
      }
    }
    return y;
  }

  /** A score from the product of a query and a key; minus infinity where the key is not seen. */
  @FunctionalInterface
  interface Score {
    double of(int query, int key, double dot);

    /** The model's. */
    static double causal(int query, int key, double dot) {
      return key <= query ? dot / Math.sqrt(D) : Double.NEGATIVE_INFINITY;
    }
  }

  /** The key head of a query head. */
  @FunctionalInterface
  interface KeyHead {
    int of(int head);
  }

  /**
   * @param sink what is added to the sum of exponentials
   */
  static double[] attend(
      double[] q, double[] k, double[] v, KeyHead keyHead, Score score, double sink) {
    int width = q.length / TOKENS;
    int keyWidth = k.length / TOKENS;
    double[] y = new double[q.length];
    for (int t = 0; t < TOKENS; t++) {
      for (int head = 0; head < width / D; head++) {
        int at = t * width + head * D;
        double total = sink;
        for (int key = 0; key < TOKENS; key++) {
          int from = key * keyWidth + keyHead.of(head) * D;
          double dot = 0;
          for (int i = 0; i < D; i++) {
            dot += q[at + i] * k[from + i];
          }
          double weight = Math.exp(score.of(t, key, dot));
          total += weight;
          for (int i = 0; i < D; i++) {
            y[at + i] += weight * v[from + i];
          }
        }
        for (int i = 0; i < D; i++) {
          y[at + i] = total == 0 ? 0 : y[at + i] / total;
        }
      }
    }
    return y;
  }
}
