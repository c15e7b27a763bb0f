package org.bitref.search;

import org.bitref.recipe.StageRecipe;

/**
 * One of several classes of recipes that reproduce a capture and are different functions.
 *
 * @param recipe the simplest member of the class
 * @param probe the cheapest input that parts it from the others, in words
 */
public record Tie(StageRecipe recipe, String probe) {}
