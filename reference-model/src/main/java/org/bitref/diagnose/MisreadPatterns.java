package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.List;
import org.bitref.bound.Factors;
import org.bitref.bound.GemmBound;

/**
 * If y is nothing like the product: a factor read some elements off or with another row length,
 * tried on a sample of outputs first. What lies past the end counts as zero.
 */
final class MisreadPatterns {
  private static final int SAMPLE = 48;
  private static final int NEAR = 16;

  /** A misreading must leave less than this share of the squares of y. */
  private static final double SHARE = 0.05;

  private final GemmBound bound;
  private final Factors factors;
  private final int depth;

  MisreadPatterns(GemmBound bound) {
    this.bound = bound;
    this.factors = bound.factors();
    this.depth = factors.depth();
  }

  private record Reading(boolean ofX, int offset, int length) {}

  List<Hypothesis> all() {
    List<Hypothesis> all = new ArrayList<>();
    if (promising(new Reading(true, 0, depth))) {
      return all;
    }
    for (boolean ofX : new boolean[] {true, false}) {
      for (int off : steps()) {
        tryReading(all, new Reading(ofX, off, depth));
        tryReading(all, new Reading(ofX, -off, depth));
        tryReading(all, new Reading(ofX, 0, depth + off));
        if (off < depth) {
          tryReading(all, new Reading(ofX, 0, depth - off));
        }
      }
    }
    return all;
  }

  private List<Integer> steps() {
    List<Integer> steps = new ArrayList<>();
    for (int i = 1; i <= NEAR; i++) {
      steps.add(i);
    }
    for (int i = 2 * NEAR; i < depth; i *= 2) {
      steps.add(i);
    }
    if (depth > NEAR && Integer.bitCount(depth) > 1) {
      steps.add(depth / 2);
      steps.add(depth);
    }
    return steps;
  }

  private void tryReading(List<Hypothesis> all, Reading reading) {
    if (!promising(reading)) {
      return;
    }
    String what = reading.ofX() ? "x" : "w";
    String how =
        reading.length() == depth
            ? " was read " + reading.offset() + " elements off"
            : " was read with rows of " + reading.length() + " elements instead of " + depth;
    all.add(
        Hypothesis.of(
            Pattern.MISREAD,
            what + how,
            12,
            (in, _) ->
                (reading.ofX()
                        ? in.withX(read(in.x(), in.rows(), reading))
                        : in.withW(read(in.w(), in.columns(), reading)))
                    .product(bound.workers())));
  }

  private boolean promising(Reading reading) {
    int outputs = bound.y().length;
    int n = Math.min(SAMPLE, outputs);
    double left = 0;
    double all = 0;
    for (int s = 0; s < n; s++) {
      int i = (int) ((long) s * outputs / n);
      double y = bound.y()[i];
      if (Double.isFinite(y)) {
        double difference = y - sum(i, reading);
        left += difference * difference;
        all += y * y;
      }
    }
    return left < SHARE * all;
  }

  private double sum(int output, Reading reading) {
    int row = output / factors.columns();
    int column = output % factors.columns();
    int xAt = reading.ofX() ? row * reading.length() + reading.offset() : row * depth;
    int wAt = reading.ofX() ? column * depth : column * reading.length() + reading.offset();
    double sum = 0;
    for (int k = 0; k < depth; k++) {
      sum += at(factors.x(), xAt + k) * at(factors.w(), wAt + k);
    }
    return sum;
  }

  private static double at(double[] values, int i) {
    return i >= 0 && i < values.length ? values[i] : 0;
  }

  private double[] read(double[] values, int n, Reading reading) {
    double[] result = new double[values.length];
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < depth; k++) {
        result[i * depth + k] = at(values, i * reading.length() + reading.offset() + k);
      }
    }
    return result;
  }
}
