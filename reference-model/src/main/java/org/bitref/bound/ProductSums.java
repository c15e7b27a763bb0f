package org.bitref.bound;

import java.util.Arrays;
import org.bitref.kernel.Workers;

/** Computes a {@link ExactProduct} in double. */
final class ProductSums {
  /**
   * Terms after which a partial sum is looked at: all permutations of K inside a tensor core's load
   * stay within.
   */
  static final int GRANULE = 32;

  private static final int COLUMNS = 64;

  private final Factors in;
  private final ExactProduct out;

  ProductSums(Factors in) {
    this.in = in;
    int n = Math.multiplyExact(in.rows(), in.columns());
    this.out =
        new ExactProduct(
            in.rows(), in.columns(), new double[n], new double[n], new double[n], new double[n]);
  }

  ExactProduct run(Workers workers) {
    workers.forEach(in.columns(), COLUMNS, (from, to) -> new Panel(from, to).run());
    return out;
  }

  /** Some columns, lanes across them. */
  private final class Panel {
    private final int from;
    private final int n;
    private final double[] w;
    private final double[] wq;
    private final double[] part = new double[COLUMNS];
    private final double[] partQ = new double[COLUMNS];
    private final double[] prefix = new double[COLUMNS];
    private final double[] low = new double[COLUMNS];
    private final double[] high = new double[COLUMNS];

    Panel(int from, int to) {
      this.from = from;
      this.n = to - from;
      this.w = new double[Math.multiplyExact(in.depth(), COLUMNS)];
      this.wq = new double[w.length];
      for (int j = 0; j < n; j++) {
        for (int k = 0; k < in.depth(); k++) {
          double value = in.w()[(from + j) * in.depth() + k];
          w[k * COLUMNS + j] = value;
          wq[k * COLUMNS + j] = magnitude(value, in.right().least());
        }
      }
    }

    void run() {
      for (int m = 0; m < in.rows(); m++) {
        start(m);
        for (int k = 0; k < in.depth(); k += GRANULE) {
          granule(m, k, Math.min(in.depth(), k + GRANULE));
          close(m);
        }
        store(m);
      }
    }

    private void start(int m) {
      for (int j = 0; j < n; j++) {
        int i = m * in.columns() + from + j;
        double c = in.c().isPresent() ? in.c().get()[i] : 0;
        prefix[j] = c;
        low[j] = Math.min(c, 0);
        high[j] = Math.max(c, 0);
        out.sum()[i] = Math.abs(c);
      }
    }

    private void granule(int m, int begin, int end) {
      Arrays.fill(part, 0);
      Arrays.fill(partQ, 0);
      for (int k = begin; k < end; k++) {
        double x = in.x()[m * in.depth() + k];
        add(x, magnitude(x, in.left().least()), w, wq, k * COLUMNS, part, partQ);
      }
    }

    private void close(int m) {
      for (int j = 0; j < n; j++) {
        int i = m * in.columns() + from + j;
        prefix[j] += part[j];
        low[j] = Math.min(low[j], prefix[j]);
        high[j] = Math.max(high[j], prefix[j]);
        out.granule()[i] = Math.max(out.granule()[i], partQ[j]);
        out.sum()[i] += partQ[j];
      }
    }

    private void store(int m) {
      for (int j = 0; j < n; j++) {
        int i = m * in.columns() + from + j;
        double bias = in.bias().isPresent() ? in.bias().get()[from + j] : 0;
        out.exact()[i] = prefix[j] + bias;
        out.range()[i] = high[j] - low[j] + Math.abs(bias);
        out.sum()[i] += Math.abs(bias);
      }
    }
  }

  private static void add(
      double x, double xq, double[] w, double[] wq, int at, double[] sum, double[] sumQ) {
    for (int j = 0; j < COLUMNS; j++) {
      sum[j] += x * w[at + j];
      sumQ[j] += xq * wq[at + j];
    }
  }

  private static double magnitude(double value, double least) {
    return value == 0 ? 0 : Math.max(Math.abs(value), least);
  }
}
