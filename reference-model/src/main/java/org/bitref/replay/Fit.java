package org.bitref.replay;

/**
 * How a replay fits what was stored.
 *
 * @param mean of the squared errors, in units of their expected size
 * @param row the same of the worst token
 * @param direction how much of the errors points one way: the largest singular value of the errors
 *     by token and channel, over that of the example of rounding
 */
record Fit(double mean, double row, double direction) {
  /**
   * Two right computations of a stage differ in how often they round: at most about twice as often
   * as the example, with twice the mean square; errors that agree with each other count for up to
   * as much again.
   */
  private static final double MEAN = 4;

  /** A token's errors share those of its inputs, so their mean square varies as a square does. */
  private static final double ROW = 16;

  /** The square root of what {@link #MEAN} allows, and half of it more for its own spread. */
  private static final double DIRECTION = 3;

  static Fit of(Rows stored, Rows exact, Noise noise) {
    Rows errors = noise.weighed(stored.plus(1, -1, exact));
    double sum = 0;
    double worst = 0;
    for (int t = 0; t < errors.tokens(); t++) {
      double row = 0;
      for (int i = 0; i < errors.width(); i++) {
        row += errors.get(t, i) * errors.get(t, i);
      }
      sum += row;
      worst = Math.max(worst, row / errors.width());
    }
    double edge = Math.sqrt(errors.tokens()) + Math.sqrt(errors.width());
    double usual = Math.max(edge, Singular.size(noise.example()));
    return new Fit(sum / errors.values().length, worst, Singular.size(errors) / usual);
  }

  /** True if rounding explains what is left. */
  boolean isRounding() {
    return mean <= MEAN && row <= ROW && direction <= DIRECTION;
  }

  /** True if rounding explains the errors on the whole, but not those of a token or direction. */
  boolean isRoundingButInPlaces() {
    return mean <= MEAN && !isRounding();
  }

  /** True if errors are as an example of rounding has them, but for a factor. */
  boolean isBelow(double factor) {
    return mean <= factor && direction <= factor;
  }
}
