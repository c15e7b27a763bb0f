package org.bitref.probe;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.kernel.spec.SingleOutput;
import org.bitref.recipe.GemmRecipe;

/**
 * Parts recipes by what they make of random products that no device has been asked. Recipes that
 * part in less than one output of a thousand may stay together.
 */
final class Separation {
  private static final int ROWS = 32;
  private static final int COLUMNS = 4;
  private static final int SEEDS = 4;

  private Separation() {}

  /** Recipes that agree in every output tried, together; classes in the order of their first. */
  static List<List<GemmRecipe>> classes(List<GemmRecipe> recipes, Probe probe) {
    Map<List<Long>, List<GemmRecipe>> classes = new LinkedHashMap<>();
    List<Probe.Call> calls = recipes.size() < 2 ? List.of() : calls(probe);
    for (GemmRecipe recipe : recipes) {
      classes.computeIfAbsent(outputs(recipe, probe, calls), _ -> new ArrayList<>()).add(recipe);
    }
    return List.copyOf(classes.values());
  }

  private static List<Probe.Call> calls(Probe probe) {
    List<Probe.Call> calls = new ArrayList<>();
    ProbeSetup setup = probe.setup();
    for (int i = 1; i <= SEEDS; i++) {
      calls.addAll(probe.randomProducts(setup.withSeed(setup.seed() + i), ROWS, COLUMNS));
    }
    return calls;
  }

  private static List<Long> outputs(GemmRecipe recipe, Probe probe, List<Probe.Call> calls) {
    List<Long> outputs = new ArrayList<>();
    ProbeSetup setup = probe.setup();
    for (Probe.Call call : calls) {
      for (int n = 0; n < Math.min(COLUMNS, setup.n()); n++) {
        double bias = call.bias() == null ? 0 : call.bias().get(n);
        SingleOutput single = new SingleOutput(recipe, setup.k(), setup.n(), bias);
        for (int m = 0; m < ROWS; m++) {
          outputs.add(single.bits(call.x(), m, call.w(), n));
        }
      }
    }
    return outputs;
  }
}
