package org.bitref.compare;

import java.util.Arrays;
import org.bitref.tensor.Tensor;

/**
 * Distances of two tensors in units in the last place of the coarser type; of integers, in whole
 * numbers. {@link Long#MAX_VALUE} stands for NaN against a number.
 *
 * @param p50 half of all elements differ by at most this
 * @param p99 99 percent do
 * @param maxOwnSize the largest among values of the tensor's own size: those of A whose absolute
 *     value is at least the root of the mean square of A's finite values
 * @param crossings elements that are not of one sign: one is positive, the other negative or zero,
 *     or one zero and the other negative. Numbers lie close around zero, so that small differences
 *     there are many steps
 * @param maxSameSign the largest among the others
 * @param loneCrossing true if just one crossing is further than {@code maxSameSign}, so that the
 *     largest distance of all is about that one element
 */
public record UlpSpread(
    long p50, long p99, long maxOwnSize, long crossings, long maxSameSign, boolean loneCrossing) {
  private static final int BLOCK = 1 << 14;

  /** One pass over two tensors. */
  static final class Pass implements Comparer.Visitor {
    private final boolean whole;
    private final double size;
    private long[] unequal = new long[64];
    private int n;
    private long ownSize;
    private long crossings;
    private long sameSign;
    private long crossing;
    private long secondCrossing;

    private Pass(boolean whole, double size) {
      this.whole = whole;
      this.size = size;
    }

    @Override
    public void element(double x, double y, long ulp) {
      if (ulp == 0) {
        return;
      }
      if (n == unequal.length) {
        unequal = Arrays.copyOf(unequal, (int) Math.min(2L * n, Integer.MAX_VALUE - 8));
      }
      unequal[n++] = ulp;
      ownSize = Math.abs(x) >= size ? Math.max(ownSize, ulp) : ownSize;
      if (whole || Math.signum(x) == Math.signum(y) || ulp == Long.MAX_VALUE) {
        sameSign = Math.max(sameSign, ulp);
        return;
      }
      crossings++;
      secondCrossing = Math.max(secondCrossing, Math.min(crossing, ulp));
      crossing = Math.max(crossing, ulp);
    }

    UlpSpread spread(TensorComparison figures) {
      long total = figures.total();
      Arrays.sort(unequal, 0, n);
      boolean lone = crossing > sameSign && secondCrossing <= sameSign;
      return new UlpSpread(at(0.5, total), at(0.99, total), ownSize, crossings, sameSign, lone);
    }

    /** The smallest distance that at least this part of all elements does not exceed. */
    private long at(double part, long total) {
      long index = (long) Math.ceil(part * total) - 1 - (total - n);
      return index < 0 ? 0 : unequal[(int) Math.min(index, n - 1)];
    }
  }

  /** A pass over {@code a} and a tensor of as many elements. */
  static Pass pass(Tensor a) {
    return new Pass(!a.dtype().isFloat(), size(a));
  }

  private static double size(Tensor a) {
    double[] x = new double[(int) Math.min(BLOCK, a.elements())];
    double squares = 0;
    long finite = 0;
    for (long at = 0; at < a.elements(); at += BLOCK) {
      int n = (int) Math.min(BLOCK, a.elements() - at);
      a.read(at, x, 0, n);
      for (int i = 0; i < n; i++) {
        boolean counts = Double.isFinite(x[i]);
        squares += counts ? x[i] * x[i] : 0;
        finite += counts ? 1 : 0;
      }
    }
    return Math.sqrt(squares / Math.max(1, finite));
  }
}
