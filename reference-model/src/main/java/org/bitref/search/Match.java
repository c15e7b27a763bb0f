package org.bitref.search;

import org.bitref.recipe.StageRecipe;

/**
 * A recipe tried on everything that was captured.
 *
 * @param recipe the recipe
 * @param equal outputs equal to the capture in bits
 */
public record Match(StageRecipe recipe, long equal) {}
