package org.bitref.model;

import java.util.Optional;

/** One row of attention probabilities in plain loops: {@link NaiveForward}'s. */
final class NaiveSoftmax {
  private final Casts casts;
  private final int d;
  private double scoreError;

  NaiveSoftmax(Casts casts, int d) {
    this.casts = casts;
    this.d = d;
  }

  /** How far a score of the last row may lie from the same in another order of its sum. */
  double scoreError() {
    return scoreError;
  }

  /** Probabilities of all keys for query number {@code t}. */
  double[] row(
      double[] q, int query, double[] k, int key, int keys, int t, Optional<boolean[]> visible) {
    double scale = casts.calc(1 / Math.sqrt(d));
    double[] row = new double[keys];
    double max = Double.NEGATIVE_INFINITY;
    scoreError = 0;
    for (int j = 0; j < keys; j++) {
      double sum = 0;
      double magnitude = 0;
      for (int i = 0; i < d; i++) {
        sum = casts.accumulate(q[query + i], k[key + j * d + i], sum);
        magnitude += Math.abs(q[query + i] * k[key + j * d + i]);
      }
      boolean hidden = j > t || (visible.isPresent() && !visible.get()[j]);
      double scaled = casts.store(casts.calc(casts.store(sum) * scale));
      row[j] = casts.store(casts.calc(scaled + (hidden ? casts.lowest() : 0)));
      max = Math.max(max, row[j]);
      scoreError = Math.max(scoreError, (2 * d + 10) * 0x1p-53 * magnitude * scale);
    }
    double total = 0;
    for (int j = 0; j < keys; j++) {
      row[j] = casts.calc(StrictMath.exp(casts.calc(row[j] - max)));
      total = casts.calc(total + row[j]);
    }
    for (int j = 0; j < keys; j++) {
      row[j] = casts.store(casts.calc(row[j] / total));
    }
    return row;
  }
}
