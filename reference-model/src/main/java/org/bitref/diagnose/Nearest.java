package org.bitref.diagnose;

/** Which line of a matrix another line resembles most, by the sum of absolute differences. */
final class Nearest {
  private static final int SAMPLE = 48;

  private Nearest() {}

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
    int n = Math.min(SAMPLE, length);
    int[] nearest = new int[lines];
    for (int i = 0; i < lines; i++) {
      double best = distance(y, i * lineStride, right, i * lineStride, n, length, stride);
      nearest[i] = i;
      for (int j = 0; j < lines; j++) {
        double distance = distance(y, i * lineStride, right, j * lineStride, n, length, stride);
        if (distance < best) {
          best = distance;
          nearest[i] = j;
        }
      }
    }
    return nearest;
  }

  private static double distance(
      double[] y, int yAt, double[] right, int at, int n, int length, int stride) {
    double distance = 0;
    for (int s = 0; s < n; s++) {
      int step = (int) ((long) s * length / n) * stride;
      double difference = Math.abs(y[yAt + step] - right[at + step]);
      distance += Double.isFinite(difference) ? difference : 0;
    }
    return distance;
  }

  /** Where a run of {@code n} elements of y from {@code from} on is found in {@code right}. */
  static int run(double[] y, int from, int n, double[] right) {
    double best = Double.POSITIVE_INFINITY;
    int nearest = from;
    for (int at = 0; at + n <= right.length; at++) {
      double distance = 0;
      for (int s = 0; s < n && distance < best; s++) {
        distance += Math.abs(y[from + s] - right[at + s]);
      }
      if (distance < best) {
        best = distance;
        nearest = at;
      }
    }
    return nearest;
  }
}
