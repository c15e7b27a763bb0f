package org.bitref.replay;

/** Directions of channels along which rows are largest. */
final class Singular {
  private static final int STEPS = 12;

  private Singular() {}

  /** The direction of the largest singular value, nearly; of length 1, or 0 if all rows are. */
  static double[] largest(Rows matrix) {
    double[] v = new double[matrix.width()];
    for (int i = 0; i < v.length; i++) {
      v[i] = 1 + ((i * 0x9E3779B97F4A7C15L) >>> 40) * 0x1p-24;
    }
    for (int step = 0; step < STEPS; step++) {
      v = unit(next(matrix, v));
    }
    return v;
  }

  /** The largest singular value, nearly. */
  static double size(Rows matrix) {
    return Math.sqrt(norm(next(matrix, largest(matrix))));
  }

  private static double[] next(Rows matrix, double[] v) {
    double[] next = new double[v.length];
    for (int t = 0; t < matrix.tokens(); t++) {
      double dot = 0;
      for (int i = 0; i < v.length; i++) {
        dot += matrix.get(t, i) * v[i];
      }
      for (int i = 0; i < v.length; i++) {
        next[i] += dot * matrix.get(t, i);
      }
    }
    return next;
  }

  private static double[] unit(double[] v) {
    double norm = norm(v);
    double[] unit = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      unit[i] = norm == 0 ? 0 : v[i] / norm;
    }
    return unit;
  }

  private static double norm(double[] v) {
    double sum = 0;
    for (double x : v) {
      sum += x * x;
    }
    return Math.sqrt(sum);
  }
}
