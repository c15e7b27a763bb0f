package org.bitref.search;

import org.bitref.recipe.StageRecipe;

/**
 * The recipe of some tiles of a product whose tiles are not computed alike: stream-K, or tiles at
 * an edge.
 *
 * @param recipe the simplest that reproduces all captured outputs of these tiles
 * @param classes how many different functions do so
 * @param tiles how many tiles
 * @param outputs how many captured outputs lie in them
 * @param first the first of them, {@code rows 0-127, columns 128-255}
 */
public record TileMatch(StageRecipe recipe, int classes, int tiles, long outputs, String first) {}
