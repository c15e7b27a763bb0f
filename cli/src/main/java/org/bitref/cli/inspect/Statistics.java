package org.bitref.cli.inspect;

import java.util.function.LongConsumer;
import org.bitref.numerics.CompensatedSum;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/**
 * What the values of a tensor are like. NaN and infinities are counted and left out of the rest.
 *
 * @param min smallest finite value; NaN if there is none
 * @param max largest finite value; NaN if there is none
 * @param mean of the finite values, summed with compensation; NaN if there is none
 * @param subnormal finite values other than zero below the type's smallest normal number
 */
record Statistics(double min, double max, double mean, long nan, long inf, long subnormal) {
  private static final int BLOCK = 1 << 14;

  /**
   * Reads the tensor once.
   *
   * @param progress told of every block's bytes
   */
  static Statistics of(Tensor tensor, LongConsumer progress) {
    Scan scan = new Scan(tensor.dtype());
    double[] block = new double[BLOCK];
    for (long at = 0; at < tensor.elements(); at += BLOCK) {
      int n = (int) Math.min(BLOCK, tensor.elements() - at);
      tensor.read(at, block, 0, n);
      scan.add(block, n);
      progress.accept((long) n * tensor.dtype().bytes());
    }
    return scan.result();
  }

  private static final class Scan {
    private final double smallestNormal;
    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;
    private final CompensatedSum sum = new CompensatedSum();
    private long finite;
    private long nan;
    private long inf;
    private long subnormal;

    Scan(DType dtype) {
      smallestNormal = dtype.format().map(f -> Math.scalb(1.0, f.emin())).orElse(0.0);
    }

    void add(double[] values, int n) {
      for (int i = 0; i < n; i++) {
        double x = values[i];
        if (!Double.isFinite(x)) {
          nan += Double.isNaN(x) ? 1 : 0;
          inf += Double.isInfinite(x) ? 1 : 0;
          continue;
        }
        finite++;
        min = Math.min(min, x);
        max = Math.max(max, x);
        subnormal += x != 0 && Math.abs(x) < smallestNormal ? 1 : 0;
        sum.add(x);
      }
    }

    Statistics result() {
      if (finite == 0) {
        return new Statistics(Double.NaN, Double.NaN, Double.NaN, nan, inf, subnormal);
      }
      return new Statistics(min, max, sum.total() / finite, nan, inf, subnormal);
    }
  }
}
