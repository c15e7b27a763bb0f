package org.bitref.compare;

import java.util.Arrays;
import org.bitref.compare.TensorComparison.Percentiles;

/** Collects the differences that are not zero, as floats, for percentiles to six digits. */
final class Differences {
  private float[] values = new float[1024];
  private int n;

  void add(double difference) {
    if (n == values.length) {
      values = Arrays.copyOf(values, (int) Math.min(2L * n, Integer.MAX_VALUE - 8));
    }
    values[n++] = (float) difference;
  }

  /** Percentiles over {@code total} elements, of which those never added differ by zero. */
  Percentiles percentiles(long total) {
    Arrays.sort(values, 0, n);
    return new Percentiles(at(0.5, total), at(0.9, total), at(0.99, total), at(0.999, total));
  }

  /** The smallest difference that at least this part of all elements does not exceed. */
  private double at(double part, long total) {
    long rank = (long) Math.ceil(part * total) - 1;
    long index = rank - (total - n);
    return index < 0 ? 0 : values[(int) Math.min(index, n - 1)];
  }
}
