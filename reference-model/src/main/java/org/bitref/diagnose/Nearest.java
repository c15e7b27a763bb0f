package org.bitref.diagnose;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/** Which line of a matrix another resembles most, by absolute differences, and what is sampled. */
final class Nearest {
  private static final int SAMPLE = 48;

  private Nearest() {}

  /** At most some numbers below n, evenly spread. */
  static int[] spread(int most, long n) {
    int taken = (int) Math.min(most, n);
    return IntStream.range(0, taken).map(s -> (int) (s * n / taken)).toArray();
  }

  /** The most frequent of at least one number; the first of them that is reached wins. */
  static int mostFrequent(int[] numbers) {
    Map<Integer, Integer> counts = new HashMap<>();
    int mode = numbers[0];
    for (int number : numbers) {
      if (counts.merge(number, 1, Integer::sum) > counts.get(mode)) {
        mode = number;
      }
    }
    return mode;
  }

  /**
   * For each row of {@code y} the nearest row of {@code right}, both [rows, columns]; itself if it
   * is as near as any.
   */
  static int[] rows(double[] y, double[] right, int rows, int columns) {
    return lines(y, right, rows, columns, columns, 1);
  }

  /** The same for columns. */
  static int[] columns(double[] y, double[] right, int rows, int columns) {
    return lines(y, right, columns, rows, 1, columns);
  }

  private static int[] lines(
      double[] y, double[] right, int lines, int length, int lineStride, int stride) {
    int[] steps = spread(SAMPLE, length);
    int[] nearest = new int[lines];
    for (int i = 0; i < lines; i++) {
      int at = i * lineStride;
      double best = distance(y, at, right, at, steps, stride);
      nearest[i] = i;
      for (int j = 0; j < lines; j++) {
        double distance = distance(y, at, right, j * lineStride, steps, stride);
        if (distance < best) {
          best = distance;
          nearest[i] = j;
        }
      }
    }
    return nearest;
  }

  private static double distance(
      double[] y, int yAt, double[] right, int at, int[] steps, int stride) {
    double distance = 0;
    for (int step : steps) {
      double difference = Math.abs(y[yAt + step * stride] - right[at + step * stride]);
      distance += Double.isFinite(difference) ? difference : 0;
    }
    return distance;
  }

  /**
   * The first place from which {@code right} resembles y from {@code start} on most, at some steps;
   * start if there is none.
   */
  static int place(double[] y, int start, int[] steps, double[] right, IntStream places) {
    double best = Double.POSITIVE_INFINITY;
    int nearest = start;
    for (int at : places.toArray()) {
      double distance = 0;
      for (int s = 0; s < steps.length && distance < best; s++) {
        distance += Math.abs(y[start + steps[s]] - right[at + steps[s]]);
      }
      if (distance < best) {
        best = distance;
        nearest = at;
      }
    }
    return nearest;
  }
}
