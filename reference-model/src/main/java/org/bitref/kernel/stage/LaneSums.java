package org.bitref.kernel.stage;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.bitref.numerics.Format;

/** Partial sums side by side, as {@link org.bitref.recipe.SumOrder.Lanes} words them. */
final class LaneSums {
  private final int count;
  private final double[][] sums;
  private final boolean floats;
  private final DoubleUnaryOperator round;

  LaneSums(int count, int accumulators, Format calc) {
    this.count = count;
    this.floats = calc == Format.F32;
    this.sums = new double[accumulators][count];
    this.round = Arithmetic.rounding(calc);
  }

  private double add(double a, double b) {
    return round.applyAsDouble(a + b);
  }

  void clear() {
    for (double[] accumulator : sums) {
      Arrays.fill(accumulator, 0);
    }
  }

  /** Adds a term to the first accumulator of a lane. */
  void add(int lane, double term) {
    sums[0][lane] = add(sums[0][lane], term);
  }

  /** Deals the terms out, {@code vec} to each lane in turn, and in each round to all lanes. */
  void deal(double[] terms, int from, int to, int vec) {
    int round = count * vec;
    for (int start = from; start < to; start += round) {
      int before = (start - from) / round * vec;
      for (int v = 0; v < vec; v++) {
        double[] accumulator = sums[(before + v) % sums.length];
        int lanes = Math.min(count, (to - start - v + vec - 1) / vec);
        take(accumulator, lanes, terms, start + v, vec);
      }
    }
  }

  /** One term to each of the first lanes. */
  private void take(double[] accumulator, int lanes, double[] terms, int at, int stride) {
    if (floats) {
      for (int lane = 0; lane < lanes; lane++) {
        accumulator[lane] = (float) (accumulator[lane] + terms[at + lane * stride]);
      }
      return;
    }
    for (int lane = 0; lane < lanes; lane++) {
      accumulator[lane] = add(accumulator[lane], terms[at + lane * stride]);
    }
  }

  /**
   * The sum of all lanes. Spoils the partial sums.
   *
   * @param group lanes that are added among themselves first
   */
  double total(int group) {
    double[] lanes = sums[0];
    for (int a = 1; a < sums.length; a++) {
      for (int lane = 0; lane < count; lane++) {
        lanes[lane] = add(lanes[lane], sums[a][lane]);
      }
    }
    for (int first = 0; first < count; first += group) {
      halve(lanes, first, group, 1);
    }
    halve(lanes, 0, count / group, group);
    return lanes[0];
  }

  /** Adds n values that are {@code stride} apart in halves, into the first of them. */
  private void halve(double[] values, int first, int n, int stride) {
    for (int half = n / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        int at = first + i * stride;
        values[at] = add(values[at], values[at + half * stride]);
      }
    }
  }
}
