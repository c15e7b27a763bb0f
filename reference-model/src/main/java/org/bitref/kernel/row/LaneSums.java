package org.bitref.kernel.row;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.bitref.kernel.row.RowSum.Terms;
import org.bitref.kernel.spec.Arithmetic;
import org.bitref.numerics.Format;

/** Partial sums side by side, as {@link org.bitref.recipe.SumOrder.Lanes} words them. */
final class LaneSums {
  /** Lanes that are summed together. */
  private static final int COLUMN = 8;

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
    return floats ? (float) (a + b) : round.applyAsDouble(a + b);
  }

  void clear() {
    for (double[] accumulator : sums) {
      Arrays.fill(accumulator, 0);
    }
  }

  /** Adds terms to the first accumulators of as many lanes, beginning with {@code lane}. */
  void add(int lane, Terms terms, int from, int to) {
    for (int i = from; i < to; i++) {
      sums[0][lane + i - from] = add(sums[0][lane + i - from], terms.at(i));
    }
  }

  /** Deals the terms out, {@code vec} to each lane in turn, and in each round to all lanes. */
  void deal(Terms terms, int from, int to, int vec) {
    if (floats && terms instanceof RowSum.Floats values && sums.length == 1) {
      if (vec == 1 && count % COLUMN == 0) {
        columns(values, from, Math.min(to, values.end()));
      } else {
        stretches(values.values(), from, to, vec);
      }
      return;
    }
    int round = count * vec;
    for (int start = from; start < to; start += round) {
      int before = (start - from) / round * vec;
      for (int v = 0; v < vec; v++) {
        double[] accumulator = sums[(before + v) % sums.length];
        int lanes = Math.min(count, (to - start - v + vec - 1) / vec);
        for (int lane = 0; lane < lanes; lane++) {
          accumulator[lane] = add(accumulator[lane], terms.at(start + v + lane * vec));
        }
      }
    }
  }

  /** Some lanes through all rounds, whose sums wait for each other's additions no longer. */
  private void columns(RowSum.Floats terms, int from, int to) {
    float[] t = terms.values();
    for (int lane = 0; lane < count; lane += COLUMN) {
      int i = from + lane;
      float s0 = (float) sums[0][lane];
      float s1 = (float) sums[0][lane + 1];
      float s2 = (float) sums[0][lane + 2];
      float s3 = (float) sums[0][lane + 3];
      float s4 = (float) sums[0][lane + 4];
      float s5 = (float) sums[0][lane + 5];
      float s6 = (float) sums[0][lane + 6];
      float s7 = (float) sums[0][lane + 7];
      for (; i + COLUMN <= to; i += count) {
        s0 += t[i];
        s1 += t[i + 1];
        s2 += t[i + 2];
        s3 += t[i + 3];
        s4 += t[i + 4];
        s5 += t[i + 5];
        s6 += t[i + 6];
        s7 += t[i + 7];
      }
      sums[0][lane] = s0;
      sums[0][lane + 1] = s1;
      sums[0][lane + 2] = s2;
      sums[0][lane + 3] = s3;
      sums[0][lane + 4] = s4;
      sums[0][lane + 5] = s5;
      sums[0][lane + 6] = s6;
      sums[0][lane + 7] = s7;
      add(lane, terms, i, to);
    }
  }

  /** Lane after lane, all its terms of a round. */
  private void stretches(float[] terms, int from, int to, int vec) {
    int lane = 0;
    for (int start = from; start < to; start += vec) {
      int end = Math.min(start + vec, to);
      float sum = (float) sums[0][lane];
      for (int i = start; i < end; i++) {
        sum += terms[i];
      }
      sums[0][lane] = sum;
      lane = lane + 1 == count ? 0 : lane + 1;
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
