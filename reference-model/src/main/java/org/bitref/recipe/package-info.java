/**
 * How a result is rounded and ordered, as immutable data with one canonical text: {@link
 * org.bitref.recipe.GemmRecipe} for products, other {@link org.bitref.recipe.StageRecipe}s for
 * other stages, {@link org.bitref.recipe.ModelRecipe} for a whole model. The table of tensor cores
 * is {@link org.bitref.recipe.Hardware}; recipes that have a name are {@link
 * org.bitref.recipe.Presets} and {@link org.bitref.recipe.Recipes}.
 */
package org.bitref.recipe;
