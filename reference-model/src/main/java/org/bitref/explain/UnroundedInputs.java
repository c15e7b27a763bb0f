package org.bitref.explain;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bitref.compare.StoredBits;
import org.bitref.explain.CapturedStage.Ready;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification;
import org.bitref.search.Tie;
import org.bitref.search.space.StageSpace;
import org.bitref.tensor.Tensor;

/**
 * Inputs that one system may have read before their rounding to storage. Behind that rounding many
 * recipes of a norm fit, and their results before it differ.
 */
final class UnroundedInputs {
  /** Values of inputs, over all alternatives, beyond which no further one is tried. */
  private static final long MOST_VALUES = 1L << 28;

  /** Values of a stage, over all its recipes, that are kept. */
  private static final long KEPT = 1L << 24;

  private final Workers workers;
  private final Map<String, Made> done = new HashMap<>();

  UnroundedInputs(Workers workers) {
    this.workers = workers;
  }

  /**
   * A stage that is reproduced, by any of these recipes.
   *
   * @param unrounded its results before rounding, as far as they were asked for
   */
  private record Made(
      Captured<?> stage, List<StageRecipe> recipes, Map<StageRecipe, Optional<Tensor>> unrounded) {
    Made(Captured<?> stage, List<StageRecipe> recipes) {
      this(stage, recipes, new HashMap<>());
    }

    /** The last one also stands for those that are not there. */
    StageRecipe recipe(int i) {
      return recipes.get(Math.min(i, recipes.size() - 1));
    }
  }

  /**
   * A stage with inputs as they may have been.
   *
   * @param recipes what made those inputs that are not as stored, by the names of their stages
   */
  record Candidate(Ready stage, Map<String, StageRecipe> recipes) {
    /** True if all inputs are as the system stored them. */
    boolean isStored() {
      return recipes.isEmpty();
    }
  }

  /** Remembers how a stage was made. */
  void made(Ready stage, Identification found) {
    List<StageRecipe> recipes = new ArrayList<>();
    recipes.add(found.best().getFirst().recipe());
    found.ties().stream()
        .map(Tie::recipe)
        .filter(recipe -> recipe instanceof NormRecipe && !recipes.contains(recipe))
        .forEach(recipes::add);
    done.put(stage.stage(), new Made(stage.content(), recipes));
  }

  /** Puts the recipes behind these inputs first. */
  void settle(Candidate inputs) {
    inputs
        .recipes()
        .forEach(
            (name, recipe) -> done.put(name, new Made(done.get(name).stage(), List.of(recipe))));
  }

  /**
   * The stage from inputs that were not rounded, one way after the other; none if none is known.
   */
  Stream<Candidate> into(Ready stored) {
    int ways =
        stored.inputs().stream()
            .filter(done::containsKey)
            .mapToInt(name -> done.get(name).recipes().size())
            .max()
            .orElse(0);
    List<Tensor> inputs = stored.content().operation().inputs();
    long values = inputs.stream().mapToLong(Tensor::elements).sum();
    int most = Math.clamp(MOST_VALUES / Math.max(1, values), 1, Integer.MAX_VALUE);
    return IntStream.range(0, Math.min(ways, most))
        .mapToObj(way -> into(stored, way))
        .filter(candidate -> !candidate.isStored());
  }

  private Candidate into(Ready stored, int way) {
    Captured<?> changed = stored.content();
    Map<String, StageRecipe> recipes = new LinkedHashMap<>();
    for (int i = 0; i < stored.inputs().size(); i++) {
      String name = stored.inputs().get(i);
      Tensor now = stored.content().operation().inputs().get(i);
      Optional<Tensor> value =
          Optional.ofNullable(done.get(name))
              .filter(made -> now.dtype().bytes() == 2)
              .filter(made -> made.stage().y().elements() == now.elements())
              .flatMap(made -> unrounded(made, made.recipe(way)));
      if (value.isPresent()) {
        changed = changed.withInput(i, value.get().reshape(now.shape()));
        recipes.put(name, done.get(name).recipe(way));
      }
    }
    return new Candidate(stored.with(changed), recipes);
  }

  private Optional<Tensor> unrounded(Made made, StageRecipe recipe) {
    boolean small = made.stage.y().elements() * made.recipes.size() <= KEPT;
    return small
        ? made.unrounded.computeIfAbsent(recipe, one -> unrounded(made.stage, one))
        : unrounded(made.stage, recipe);
  }

  /** Empty if the recipe cannot go without, or does not make what was stored. */
  private Optional<Tensor> unrounded(Captured<?> stage, StageRecipe recipe) {
    Tensor y = stage.y();
    return StageSpace.unrounded(recipe)
        .map(whole -> stage.operation().run(whole, workers))
        .filter(value -> StoredBits.equal(value.cast(y.dtype()), y) == y.elements());
  }
}
