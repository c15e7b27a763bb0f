package org.bitref.explain;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bitref.compare.StoredBits;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification;
import org.bitref.search.Tie;
import org.bitref.search.space.StageSpace;
import org.bitref.tensor.Tensor;

/**
 * What one system may have handed on from stage to stage without the rounding to storage. Behind
 * that rounding many recipes of a norm fit, and their results before it differ.
 */
final class HandedOn {
  /** Values of inputs, over all alternatives, beyond which no further one is tried. */
  private static final long MOST_VALUES = 1L << 28;

  private final Workers workers;
  private final Map<String, Made> done = new HashMap<>();

  HandedOn(Workers workers) {
    this.workers = workers;
  }

  /** A stage that is reproduced, by any of these recipes. */
  private record Made(Captured<?> stage, List<StageRecipe> recipes) {
    /** The last one also stands for those that are not there. */
    StageRecipe recipe(int i) {
      return recipes.get(Math.min(i, recipes.size() - 1));
    }
  }

  /**
   * A stage with other inputs than those stored.
   *
   * @param recipes what made these inputs, by the names of their stages
   */
  record Unrounded(Captured<?> stage, Map<String, StageRecipe> recipes) {
    /** True if all inputs are as the system stored them. */
    boolean isStored() {
      return recipes.isEmpty();
    }

    /** Names of the stages whose results were not rounded. */
    List<String> replaced() {
      return List.copyOf(recipes.keySet());
    }
  }

  /** Remembers how a stage was made. */
  void made(String name, Captured<?> stage, Identification found) {
    List<StageRecipe> recipes = new ArrayList<>();
    recipes.add(found.best().getFirst().recipe());
    found.ties().stream()
        .map(Tie::recipe)
        .filter(recipe -> recipe instanceof NormRecipe && !recipes.contains(recipe))
        .forEach(recipes::add);
    done.put(name, new Made(stage, recipes));
  }

  /** Puts the recipes behind these inputs first. */
  void settle(Unrounded inputs) {
    inputs
        .recipes()
        .forEach(
            (name, recipe) -> done.put(name, new Made(done.get(name).stage(), List.of(recipe))));
  }

  /**
   * The stage from inputs that were not rounded, one way after the other; none if none is known.
   */
  Stream<Unrounded> into(Captured<?> stored, List<String> inputs) {
    int ways = inputs.stream().mapToInt(name -> ways(done.get(name))).max().orElse(0);
    long values = stored.operation().inputs().stream().mapToLong(Tensor::elements).sum();
    int most = Math.clamp(MOST_VALUES / Math.max(1, values), 1, Integer.MAX_VALUE);
    return IntStream.range(0, Math.min(ways, most))
        .mapToObj(way -> into(stored, inputs, way))
        .filter(Objects::nonNull);
  }

  private static int ways(Made made) {
    return made == null ? 0 : made.recipes().size();
  }

  /** Null if no input was made by a recipe that can go without its last rounding. */
  private Unrounded into(Captured<?> stored, List<String> inputs, int way) {
    Captured<?> changed = stored;
    Map<String, StageRecipe> recipes = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      Made made = done.get(inputs.get(i));
      Tensor now = stored.operation().inputs().get(i);
      Tensor value =
          made == null || now.dtype().bytes() != 2 || made.stage().y().elements() != now.elements()
              ? null
              : unrounded(made.stage(), made.recipe(way));
      if (value != null) {
        changed = changed.withInput(i, value.reshape(now.shape()));
        recipes.put(inputs.get(i), made.recipe(way));
      }
    }
    return recipes.isEmpty() ? null : new Unrounded(changed, recipes);
  }

  /** Null if the recipe cannot go without, or does not make what was stored. */
  private Tensor unrounded(Captured<?> stage, StageRecipe recipe) {
    Tensor y = stage.y();
    return StageSpace.unrounded(recipe)
        .map(whole -> stage.operation().run(whole, workers))
        .filter(value -> StoredBits.equal(value.cast(y.dtype()), y) == y.elements())
        .orElse(null);
  }
}
