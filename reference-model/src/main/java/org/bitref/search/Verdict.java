package org.bitref.search;

/** What a search for the recipe of a captured output came to. */
public enum Verdict {
  /**
   * One class of recipes that are the same function at this shape reproduces all of it, or several
   * do that have one kind of accumulator, and no other kind does.
   */
  IDENTIFIED,
  /** Two or more classes do, on too few outputs to say more. */
  AMBIGUOUS,
  /** None does, and every output lies within a rounding bound. */
  UNEXPLAINED,
  /** Some output lies outside every rounding bound. */
  CORRUPT,
  /** The data cannot decide: all zero, too few outputs, K not whole. */
  INCONCLUSIVE
}
