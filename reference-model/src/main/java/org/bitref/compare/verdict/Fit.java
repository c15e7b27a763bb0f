package org.bitref.compare.verdict;

/**
 * How well a form explains a difference.
 *
 * @param left the share of the squared difference that is left, each over the size of its element
 * @param cost of naming the form, see {@link Coding}
 * @param n elements it was measured on
 */
record Fit(Form form, double left, double cost, long n) {
  /**
   * A form must leave less than this share. What has nothing to do with B leaves about all, and
   * what rounding does, which is not in the direction of any form, too.
   */
  private static final double MOST = 0.25;

  /** Below this a share is what roundings of a float leave. */
  private static final double NOTHING = 0x1p-48;

  /**
   * By how much it fits better than chance: n normal errors of variance v have the likelihood
   * v^{−n/2}, up to a factor.
   */
  double gain() {
    return -0.5 * n * Math.log(Math.max(left, NOTHING)) - cost;
  }

  /** True if chance does not explain how well it fits. */
  boolean holds() {
    return left < MOST && gain() > Coding.CHANCE;
  }
}
