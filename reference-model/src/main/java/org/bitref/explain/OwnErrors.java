package org.bitref.explain;

/**
 * The errors of two systems at one stage, each against the exact result on that system's own
 * inputs.
 *
 * @param a mean absolute error of the first
 * @param b the same of the second
 * @param standardError of their difference, over tokens: errors within a token's row are alike, so
 *     the rows are what is drawn; NaN of a single row
 */
public record OwnErrors(double a, double b, double standardError) {
  /**
   * Standard errors within which two means count as the same. Of systems that are equally near, one
   * in twenty is called nearer by chance.
   */
  static final double TIE = 2;

  /** Which of two systems is nearer the exact result. */
  public enum Nearer {
    /** The first. */
    A,
    /** The second. */
    B,
    /** Both are as near, within {@value OwnErrors#TIE} standard errors of the difference. */
    SAME
  }

  /** The system with the smaller mean. */
  public Nearer nearer() {
    return nearer(a - b, standardError);
  }

  static Nearer nearer(double difference, double standardError) {
    if (difference == 0 || Math.abs(difference) <= TIE * standardError) {
      return Nearer.SAME;
    }
    return difference < 0 ? Nearer.A : Nearer.B;
  }
}
