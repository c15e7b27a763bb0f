package org.bitref.predict;

/**
 * What relative drift can be. Between a state and one of the same size with cosine c to it, r² = 2
 * - 2c: 0 for the same state, √2 for one that has nothing in common with it. Rounding does not
 * bring two states further apart than that: for r above √2, B would have to be the opposite of A.
 *
 * <p>Independent errors multiply cosines, as each turns the state in a direction of its own. So not
 * r² is what adds up, but u² = -2 ln c. It has no limit, and where r is small both are equal but
 * for terms of r⁴: -2 ln(1 - r²/2) = r² + r⁴/4 + ….
 */
final class Limit {
  /** Of the drift of two states of one size that are at right angles. */
  static final double UNRELATED = Math.sqrt(2);

  private Limit() {}

  /** The relative drift r, at most √2, that belongs to u. */
  static double drift(double u) {
    return Math.sqrt(-2 * Math.expm1(-u * u / 2));
  }

  /** The cosine that belongs to u. */
  static double cosine(double u) {
    return Math.exp(-u * u / 2);
  }

  /**
   * The u that belongs to a relative drift measured on so many values. Cosines below 1/√n are not
   * told from 0, which is what n independent values have as standard error: they count as that.
   */
  static double unbounded(double drift, long values) {
    double floor = 1 / Math.sqrt((double) values);
    return Math.sqrt(-2 * Math.log1p(-Math.min(drift * drift / 2, 1 - floor)));
  }
}
