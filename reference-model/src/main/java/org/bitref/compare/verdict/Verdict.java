package org.bitref.compare.verdict;

/** What kind of difference two tensors show. */
public enum Verdict {
  /** No difference. */
  EQUAL,
  /** Nothing that stands out of what roundings, and what grows of them, leave. */
  ROUNDING,
  /** A place that stands out, or a simple form: zeros, other lines, a factor. */
  STRUCTURED,
  /** No numbers on one side, or values far beyond rounding without a place or form. */
  CORRUPT,
  /** Too few values to tell, whole numbers, or too far off for a rounding without a shape. */
  UNDECIDED
}
