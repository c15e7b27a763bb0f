package org.bitref.bound;

/**
 * An output against the bound of one family of recipes.
 *
 * @param family the family in words
 * @param outside outputs that no recipe of the family gives
 * @param worst the largest |y - exact| in units of the bound; infinite where the bound is zero or y
 *     is not finite
 * @param row where that is
 * @param column where that is
 */
public record Bounded(String family, long outside, double worst, int row, int column) {}
