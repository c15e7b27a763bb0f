package org.bitref.compare;

import java.util.ArrayList;
import java.util.List;
import org.bitref.numerics.CompensatedSum;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.numerics.Ulp;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/**
 * What two tensors of logits [.., tokens, vocabulary] say of the next token. Where several entries
 * are equally large, the first counts as the largest.
 *
 * @param tokens rows compared, those with a NaN left out
 * @param notNumbers rows with a NaN on a side
 * @param flips rows in which another entry is the largest
 * @param first of these, at most {@value #SHOWN}
 * @param tiesA rows of A in which the largest value stands more than once
 * @param tiesB the same of B
 * @param k entries that count as the top
 * @param meanOverlap mean over the rows of the share of A's top k that is in B's, 0 to 1; 1 without
 *     rows
 * @param leastOverlap the least of them
 * @param meanDivergence mean over the rows of the Kullback-Leibler divergence of B's probabilities
 *     from A's, Σ p ln(p/q) in nats, in double precision; 0 without rows
 * @param maxDivergence the largest of them
 */
public record LogitsComparison(
    long tokens,
    long notNumbers,
    long flips,
    List<Flip> first,
    long tiesA,
    long tiesB,
    int k,
    double meanOverlap,
    double leastOverlap,
    double meanDivergence,
    double maxDivergence) {
  private static final int SHOWN = 5;
  private static final int TOP = 5;

  /**
   * A row in which another entry is the largest.
   *
   * @param row from 0
   * @param a A's largest entry
   * @param b B's largest entry
   * @param marginA how much larger A's largest is than A's value of {@code b}, in ULP of the
   *     coarser type
   * @param marginB how much larger B's largest is than B's value of {@code a}
   */
  public record Flip(long row, int a, int b, long marginA, long marginB) {}

  /** Copies the list. */
  public LogitsComparison {
    first = List.copyOf(first);
  }

  /**
   * Compares row by row.
   *
   * @param type the coarser of both types
   * @param b of as many elements as {@code a}, of a floating-point type like it
   */
  public static LogitsComparison of(Tensor a, Tensor b, DType type) {
    Rows rows = new Rows(type.format().orElseThrow());
    int n = Math.toIntExact(a.shape().rank() == 0 ? 1 : a.shape().dim(-1));
    double[] x = new double[n];
    double[] y = new double[n];
    for (long at = 0; n > 0 && at < a.elements(); at += n) {
      a.read(at, x, 0, n);
      b.read(at, y, 0, n);
      rows.add(at / n, x, y);
    }
    return rows.result(Math.min(TOP, n));
  }

  /** Adds up. */
  private static final class Rows {
    private final Format format;
    private long tokens;
    private long notNumbers;
    private long flips;
    private final List<Flip> first = new ArrayList<>();
    private long tiesA;
    private long tiesB;
    private final CompensatedSum overlap = new CompensatedSum();
    private double leastOverlap = 1;
    private final CompensatedSum divergence = new CompensatedSum();
    private double maxDivergence;

    Rows(Format format) {
      this.format = format;
    }

    void add(long row, double[] x, double[] y) {
      if (hasNan(x) || hasNan(y)) {
        notNumbers++;
        return;
      }
      tokens++;
      int[] topX = top(x);
      int[] topY = top(y);
      tiesA += topX.length > 1 && x[topX[0]] == x[topX[1]] ? 1 : 0;
      tiesB += topY.length > 1 && y[topY[0]] == y[topY[1]] ? 1 : 0;
      if (topX[0] != topY[0]) {
        flips++;
        if (first.size() < SHOWN) {
          long marginA = margin(x, topX[0], topY[0]);
          first.add(new Flip(row, topX[0], topY[0], marginA, margin(y, topY[0], topX[0])));
        }
      }
      double shared = shared(topX, topY);
      overlap.add(shared);
      leastOverlap = Math.min(leastOverlap, shared);
      double of = divergence(x, y);
      divergence.add(of);
      maxDivergence = Math.max(maxDivergence, of);
    }

    private long margin(double[] values, int larger, int smaller) {
      return Ulp.distance(format, rounded(values[larger]), rounded(values[smaller]));
    }

    private long rounded(double value) {
      return format.encode(format.round(value, Rounding.RNE));
    }

    LogitsComparison result(int k) {
      long n = Math.max(1, tokens);
      return new LogitsComparison(
          tokens,
          notNumbers,
          flips,
          first,
          tiesA,
          tiesB,
          k,
          tokens == 0 ? 1 : overlap.total() / n,
          leastOverlap,
          divergence.total() / n,
          maxDivergence);
    }
  }

  private static boolean hasNan(double[] values) {
    for (double value : values) {
      if (Double.isNaN(value)) {
        return true;
      }
    }
    return false;
  }

  /** The largest entries, the largest first and of equal ones the first in the row. */
  private static int[] top(double[] values) {
    int[] top = new int[Math.min(TOP, values.length)];
    int n = 0;
    for (int i = 0; i < values.length; i++) {
      int at = n;
      while (at > 0 && values[i] > values[top[at - 1]]) {
        at--;
      }
      if (at < top.length) {
        n = Math.min(n + 1, top.length);
        System.arraycopy(top, at, top, at + 1, n - at - 1);
        top[at] = i;
      }
    }
    return top;
  }

  private static double shared(int[] a, int[] b) {
    int shared = 0;
    for (int i : a) {
      for (int j : b) {
        shared += i == j ? 1 : 0;
      }
    }
    return (double) shared / a.length;
  }

  /** Σ p (ln p − ln q), which rounding may bring below zero: then it is 0. */
  private static double divergence(double[] x, double[] y) {
    double normX = logSum(x);
    double normY = logSum(y);
    CompensatedSum sum = new CompensatedSum();
    for (int i = 0; i < x.length; i++) {
      double logP = x[i] - normX;
      double p = Math.exp(logP);
      if (p > 0) {
        sum.add(p * (logP - (y[i] - normY)));
      }
    }
    return Math.max(0, sum.total());
  }

  /** ln Σ e^x, from the largest. */
  private static double logSum(double[] x) {
    double most = Double.NEGATIVE_INFINITY;
    for (double value : x) {
      most = Math.max(most, value);
    }
    CompensatedSum sum = new CompensatedSum();
    for (double value : x) {
      sum.add(Math.exp(value - most));
    }
    return most + Math.log(sum.total());
  }
}
