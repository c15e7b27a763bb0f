package org.bitref.search;

import java.util.ArrayList;
import java.util.List;
import org.bitref.recipe.Device;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.space.Preference;

/**
 * Recipes that are one function at the captured shape.
 *
 * @param function that function
 * @param recipes its members: those that go best with the device first, of these the simplest
 */
record FunctionClass(GemmFunction function, List<GemmRecipe> recipes, Device device) {
  FunctionClass {
    recipes = Preference.sorted(recipes).stream().sorted(device.order()).toList();
  }

  /** The one to name. */
  GemmRecipe simplest() {
    return recipes.getFirst();
  }

  /** Both classes' members. */
  FunctionClass with(FunctionClass other) {
    List<GemmRecipe> all = new ArrayList<>(recipes);
    all.addAll(other.recipes);
    return new FunctionClass(function, all, device);
  }
}
