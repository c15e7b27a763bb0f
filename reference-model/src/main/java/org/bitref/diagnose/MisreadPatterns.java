package org.bitref.diagnose;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bitref.bound.Factors;
import org.bitref.bound.GemmBound;
import org.bitref.diagnose.Damage.Misread;
import org.bitref.diagnose.Judge.Hypothesis;

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

  List<Hypothesis> all() {
    List<Hypothesis> all = new ArrayList<>();
    if (promising(new Misread(true, 0, depth, depth))) {
      return all;
    }
    for (boolean ofX : new boolean[] {true, false}) {
      for (int off : steps()) {
        tryReading(all, new Misread(ofX, off, depth, depth));
        tryReading(all, new Misread(ofX, -off, depth, depth));
        tryReading(all, new Misread(ofX, 0, depth + off, depth));
        if (off < depth) {
          tryReading(all, new Misread(ofX, 0, depth - off, depth));
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

  private void tryReading(List<Hypothesis> all, Misread reading) {
    if (promising(reading)) {
      all.add(
          new Hypothesis(
              Pattern.MISREAD,
              reading,
              12,
              (in, _) ->
                  (reading.x() ? in.withX(read(in.x(), reading)) : in.withW(read(in.w(), reading)))
                      .product(bound.workers())));
    }
  }

  private boolean promising(Misread reading) {
    double left = 0;
    double all = 0;
    for (int i : Nearest.spread(SAMPLE, bound.y().length)) {
      double y = bound.y()[i];
      if (Double.isFinite(y)) {
        double difference = y - sum(i, reading);
        left += difference * difference;
        all += y * y;
      }
    }
    return left < SHARE * all;
  }

  private double sum(int output, Misread reading) {
    int row = output / factors.columns();
    int column = output % factors.columns();
    int xAt = reading.x() ? row * reading.length() + reading.offset() : row * depth;
    int wAt = reading.x() ? column * depth : column * reading.length() + reading.offset();
    double sum = 0;
    for (int k = 0; k < depth; k++) {
      sum += at(factors.x(), xAt + k) * at(factors.w(), wAt + k);
    }
    return sum;
  }

  private static double at(double[] values, int i) {
    return i >= 0 && i < values.length ? values[i] : 0;
  }

  private double[] read(double[] values, Misread reading) {
    return IntStream.range(0, values.length)
        .mapToDouble(i -> at(values, i / depth * reading.length() + reading.offset() + i % depth))
        .toArray();
  }
}
