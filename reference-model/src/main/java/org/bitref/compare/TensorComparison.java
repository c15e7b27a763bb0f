package org.bitref.compare;

import java.util.List;
import org.bitref.tensor.DType;

/**
 * How two tensors of one shape differ. Differences and norms are doubles; nothing is clamped.
 *
 * @param dtype the coarser of the two types, in which ULP are counted. If one type holds all values
 *     of the other, the finer value is rounded to nearest even into it first; of bfloat16 against
 *     float16, and of E4M3 against E5M2, a begun step counts whole
 * @param total number of elements
 * @param equal elements of exactly the same value; a NaN equals a NaN
 * @param equalRounded elements that are equal once both are rounded to {@code dtype}, to nearest
 *     even; as many as {@code equal} between tensors of one type
 * @param signedZeros elements that are +0 on one side and -0 on the other, in {@code dtype}:
 *     unequal, counted here too
 * @param maxAbs largest difference |a - b| of the values as stored; NaN if just one of a pair is
 *     NaN
 * @param meanAbs mean of |a - b|
 * @param percentiles of |a - b|: 50, 90, 99, 99.9 percent of the elements differ by at most this
 *     much
 * @param maxUlp largest distance in representable numbers, of integers the largest difference;
 *     {@link Long#MAX_VALUE} for NaN against a number
 * @param cosine of the angle between a and b; 1 if all values are equal, zeros and NaNs too, and
 *     NaN if else one has no length
 * @param normA |a|, the root of the sum of squares
 * @param normB |b|
 * @param normRatio |b| / |a|; 1 if all values are equal
 * @param snrDecibels 10 log10 (|a|² / |a - b|²); infinite if all are equal in value
 * @param nanA NaNs on the A side
 * @param nanB NaNs on the B side
 * @param infinitiesA infinities on the A side
 * @param infinitiesB infinities on the B side
 * @param worst the elements that differ most, by value, the largest first and of equal ones the
 *     first in the tensor; those with an infinite or a NaN difference come first, unequal zeros
 *     last
 */
public record TensorComparison(
    DType dtype,
    long total,
    long equal,
    long equalRounded,
    long signedZeros,
    double maxAbs,
    double meanAbs,
    Percentiles percentiles,
    long maxUlp,
    UlpHistogram ulps,
    double cosine,
    double normA,
    double normB,
    double normRatio,
    double snrDecibels,
    long nanA,
    long nanB,
    long infinitiesA,
    long infinitiesB,
    List<Worst> worst) {

  /** Of the absolute difference. */
  public record Percentiles(double p50, double p90, double p99, double p999) {}

  /**
   * One element where two tensors differ much.
   *
   * @param at its index on every axis, outermost first
   * @param a its value on the A side, as stored
   * @param b its value on the B side, as stored
   * @param aBits the stored word of {@code a}, in hexadecimal
   * @param bBits the stored word of {@code b}
   * @param ulp distance in representable numbers of the coarser format
   */
  public record Worst(List<Long> at, double a, double b, String aBits, String bBits, long ulp) {}

  /** Copies the list. */
  public TensorComparison {
    worst = List.copyOf(worst);
  }

  /** True if every element is equal. */
  public boolean allEqual() {
    return equal == total;
  }

  /** True if every element is equal once both are rounded to the coarser type. */
  public boolean allEqualRounded() {
    return equalRounded == total;
  }

  /** Elements that are not equal. */
  public long unequal() {
    return total - equal;
  }
}
