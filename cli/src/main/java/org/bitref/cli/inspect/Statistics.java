package org.bitref.cli.inspect;

import java.util.DoubleSummaryStatistics;
import java.util.function.LongConsumer;
import org.bitref.numerics.CompensatedSum;
import org.bitref.tensor.Tensor;

/**
 * What the values of a tensor are like. NaN and infinities are counted and left out of the rest.
 *
 * @param min smallest finite value; NaN if there is none
 * @param max largest finite value; NaN if there is none
 * @param mean of the finite values, summed with compensation; NaN if there is none
 * @param subnormal finite values other than zero below the type's smallest normal number
 */
record Statistics(double min, double max, double mean, long nan, long infinite, long subnormal) {
  private static final int BLOCK = 1 << 14;

  /**
   * Reads the tensor once.
   *
   * @param progress told of every block's bytes
   */
  static Statistics of(Tensor tensor, LongConsumer progress) {
    double smallestNormal = tensor.dtype().format().map(f -> Math.scalb(1.0, f.emin())).orElse(0.0);
    DoubleSummaryStatistics finite = new DoubleSummaryStatistics();
    CompensatedSum sum = new CompensatedSum();
    long nan = 0;
    long inf = 0;
    long subnormal = 0;
    double[] block = new double[(int) Math.min(BLOCK, tensor.elements())];
    for (long at = 0; at < tensor.elements(); at += BLOCK) {
      int n = (int) Math.min(BLOCK, tensor.elements() - at);
      tensor.read(at, block, 0, n);
      for (int i = 0; i < n; i++) {
        double x = block[i];
        if (Double.isFinite(x)) {
          finite.accept(x);
          sum.add(x);
          subnormal += x != 0 && Math.abs(x) < smallestNormal ? 1 : 0;
        } else {
          nan += Double.isNaN(x) ? 1 : 0;
          inf += Double.isInfinite(x) ? 1 : 0;
        }
      }
      progress.accept((long) n * tensor.dtype().bytes());
    }
    boolean none = finite.getCount() == 0;
    return new Statistics(
        none ? Double.NaN : finite.getMin(),
        none ? Double.NaN : finite.getMax(),
        none ? Double.NaN : sum.total() / finite.getCount(),
        nan,
        inf,
        subnormal);
  }
}
