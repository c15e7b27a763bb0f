package org.bitref.kernel.blocked;

/** What a panel holds, and in which order. */
public sealed interface Packing {
  /** The values. */
  record Values() implements Packing {}

  /** The values of k = 2i + 1 before those of 2i. */
  record OddFirst() implements Packing {}

  /**
   * Behind every group of values their {@link FdaStep#exponent}s as bytes: that of a row in all
   * four bytes of a word; those of columns in a quarter as many words, whose lowest bytes belong to
   * the first quarter of the columns.
   */
  record Exponents(FdaStep step) implements Packing {}

  /**
   * Before the groups of {@code terms} k each, counted from the first of all, a group of their
   * {@link FdaMargin#bound}s; NaN for a row or column past the end. A run that begins elsewhere
   * cannot be read from it.
   */
  record Bounds(FdaMargin margin, int terms) implements Packing {}

  /** Of {@link Bounds}; 0 where there are none. */
  default int boundedTerms() {
    return this instanceof Bounds(FdaMargin _, int terms) ? terms : 0;
  }
}
