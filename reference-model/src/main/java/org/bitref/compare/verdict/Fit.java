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

  /**
   * True if chance does not explain how well it fits: n normal errors of variance v have the
   * likelihood v^{−n/2}, up to a factor.
   */
  boolean holds() {
    double gain = -0.5 * n * Math.log(Math.max(left, Double.MIN_NORMAL));
    return left < MOST && gain > cost + Coding.CHANCE;
  }
}
