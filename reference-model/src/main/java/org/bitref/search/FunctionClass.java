package org.bitref.search;

import java.util.ArrayList;
import java.util.List;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.space.Preference;

/**
 * Recipes that are one function at the captured shape.
 *
 * @param function that function
 * @param recipes its members, the simplest first
 */
record FunctionClass(GemmFunction function, List<GemmRecipe> recipes) {
  FunctionClass {
    recipes = Preference.sorted(recipes);
  }

  GemmRecipe simplest() {
    return recipes.getFirst();
  }

  /** Both classes' members. */
  FunctionClass with(FunctionClass other) {
    List<GemmRecipe> all = new ArrayList<>(recipes);
    all.addAll(other.recipes);
    return new FunctionClass(function, all);
  }
}
