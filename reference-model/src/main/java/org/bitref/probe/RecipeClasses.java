package org.bitref.probe;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;
import org.bitref.kernel.spec.SingleOutput;
import org.bitref.recipe.GemmRecipe;

/**
 * Parts recipes by what they make of random products that no device has been asked. Recipes that
 * part in less than one output of a thousand may stay together.
 */
final class RecipeClasses {
  private static final int ROWS = 32;
  private static final int COLUMNS = 4;
  private static final int SEEDS = 4;

  private RecipeClasses() {}

  /** Recipes that agree in every output tried, together; classes in the order of their first. */
  static List<List<GemmRecipe>> of(List<GemmRecipe> recipes, Probe probe) {
    List<Probe.Call> calls = new ArrayList<>();
    ProbeSetup setup = probe.setup();
    for (int i = 1; i <= SEEDS && recipes.size() > 1; i++) {
      calls.addAll(probe.randomProducts(setup.withSeed(setup.seed() + i), ROWS, COLUMNS));
    }
    return List.copyOf(
        recipes.stream()
            .collect(
                Collectors.groupingBy(
                    recipe -> outputs(recipe, setup, calls),
                    LinkedHashMap::new,
                    Collectors.toList()))
            .values());
  }

  private static List<Long> outputs(GemmRecipe recipe, ProbeSetup setup, List<Probe.Call> calls) {
    List<Long> outputs = new ArrayList<>();
    for (Probe.Call call : calls) {
      for (int n = 0; n < Math.min(COLUMNS, setup.n()); n++) {
        SingleOutput single = new SingleOutput(recipe, setup.k(), setup.n(), call.bias(n));
        for (int m = 0; m < ROWS; m++) {
          outputs.add(single.bits(call.x(), m, call.w(), n));
        }
      }
    }
    return outputs;
  }
}
