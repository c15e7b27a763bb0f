package org.bitref.compare;

import java.util.Arrays;
import org.bitref.compare.Distances.Distance;
import org.bitref.tensor.DType;
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

  /** Of equal tensors. */
  public static final UlpSpread NONE = new UlpSpread(0, 0, 0, 0, 0, false);

  /** One pass over two tensors. */
  private static final class Pass {
    private final Distances distances;
    private final double size;
    private long[] unequal = new long[64];
    private int n;
    private long ownSize;
    private long crossings;
    private long sameSign;
    private long crossing;
    private long secondCrossing;

    Pass(Distances distances, double size) {
      this.distances = distances;
      this.size = size;
    }

    void element(Tensor a, Tensor b, long i, double x, double y) {
      Distance distance = distances.of(a, b, i, x, y);
      long ulp = distance.ulp();
      if (ulp == 0) {
        return;
      }
      if (n == unequal.length) {
        unequal = Arrays.copyOf(unequal, (int) Math.min(2L * n, Integer.MAX_VALUE - 8));
      }
      unequal[n++] = ulp;
      ownSize = Math.abs(x) >= size ? Math.max(ownSize, ulp) : ownSize;
      if (distances.isWhole() || Math.signum(x) == Math.signum(y) || ulp == Long.MAX_VALUE) {
        sameSign = Math.max(sameSign, ulp);
        return;
      }
      crossings++;
      secondCrossing = Math.max(secondCrossing, Math.min(crossing, ulp));
      crossing = Math.max(crossing, ulp);
    }

    UlpSpread spread(long total) {
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

  /**
   * Compares two tensors of as many elements, as {@link Comparer#compare(Tensor, DType, Tensor,
   * DType)} does.
   *
   * @param typeA a type that holds every value of {@code a}
   * @param typeB the same of {@code b}
   */
  public static UlpSpread of(Tensor a, DType typeA, Tensor b, DType typeB) {
    Pass pass = new Pass(Distances.of(typeA, typeB), size(a));
    ElementPairs.each(a, b, (at, x, y) -> pass.element(a, b, at, x, y));
    return pass.spread(a.elements());
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
