package org.bitref.search;

import java.util.BitSet;
import java.util.List;
import org.bitref.recipe.GemmRecipe;

/** What recipes make of every captured output. Thread-safe. */
interface Trials {
  /** True if a recipe reproduces everything. */
  boolean reproduces(GemmRecipe recipe);

  /** True if a recipe reproduces the most telling outputs. Asks no other thread. */
  boolean reproducesFirst(GemmRecipe recipe);

  /** How many outputs have equal bits. */
  long equal(GemmRecipe recipe);

  /** Outputs with equal bits; a NaN is equal to any other. */
  BitSet hits(GemmRecipe recipe);

  /**
   * On how many outputs some of the recipes give another value than the others; at most as said.
   */
  int differing(List<GemmRecipe> recipes, int most);
}
