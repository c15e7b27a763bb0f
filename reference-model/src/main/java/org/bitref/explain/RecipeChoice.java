package org.bitref.explain;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.explain.CapturedStage.Ready;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.StageRecipe;

/**
 * Of the recipes that reproduce a stage the one that other stages have as well. A search names the
 * simplest of those that give the same bits at one shape, and the next stage has another shape:
 * without this, layers that are computed alike would get rules of their own.
 */
final class RecipeChoice {
  private final Capture capture;
  private final CapturedSystem system;
  private final ModelRecipe nearest;
  private final StageBinder binder;
  private final Workers workers;

  RecipeChoice(Capture capture, CapturedSystem system, ModelRecipe nearest, Workers workers) {
    this.capture = capture;
    this.system = system;
    this.nearest = nearest;
    this.binder = new StageBinder(capture, workers);
    this.workers = workers;
  }

  /**
   * For each stage the first that gives every output: the nearest named recipe's, that of most
   * stages of its kind, that of most stages with the same operation, its own.
   *
   * @param found a recipe that gives every output, by stage
   */
  Map<String, StageRecipe> of(Map<String, StageRecipe> found) {
    Map<String, List<StageRecipe>> kinds = grouped(found, RuleFolding::kind);
    Map<String, List<StageRecipe>> operations = grouped(found, stage -> operation(found, stage));
    Map<String, StageRecipe> chosen = new LinkedHashMap<>();
    found.forEach(
        (stage, own) -> {
          Set<StageRecipe> candidates = new LinkedHashSet<>();
          candidates.add(named(stage));
          candidates.add(mostFrequent(kinds.get(RuleFolding.kind(stage))));
          candidates.add(mostFrequent(operations.get(operation(found, stage))));
          chosen.put(stage, first(stage, candidates, own));
        });
    return chosen;
  }

  private static Map<String, List<StageRecipe>> grouped(
      Map<String, StageRecipe> found, Function<String, String> group) {
    return found.keySet().stream()
        .collect(Collectors.groupingBy(group, Collectors.mapping(found::get, Collectors.toList())));
  }

  private static String operation(Map<String, StageRecipe> found, String stage) {
    return found.get(stage).getClass().getSimpleName();
  }

  private static StageRecipe mostFrequent(List<StageRecipe> recipes) {
    Map<StageRecipe, Integer> counts = new LinkedHashMap<>();
    recipes.forEach(recipe -> counts.merge(recipe, 1, Integer::sum));
    int most = counts.values().stream().max(Comparator.naturalOrder()).orElseThrow();
    return recipes.stream().filter(recipe -> counts.get(recipe) == most).findFirst().orElseThrow();
  }

  /** A recipe that gives every output of a stage. */
  record Fitting(StageRecipe recipe, long outputs) {}

  /** The nearest named recipe's, if it gives every output of a stage for which none was found. */
  Optional<Fitting> nearest(String stage) {
    StageRecipe recipe = named(stage);
    return binder.bind(system, stage) instanceof Ready ready && fits(recipe, ready.content())
        ? Optional.of(new Fitting(recipe, ready.content().y().elements()))
        : Optional.empty();
  }

  private StageRecipe named(String stage) {
    return capture.plan().find(stage).orElseThrow().recipe(nearest);
  }

  private StageRecipe first(String stage, Set<StageRecipe> candidates, StageRecipe own) {
    if (!(binder.bind(system, stage) instanceof Ready ready)) {
      return own;
    }
    return candidates.stream()
        .filter(one -> one.equals(own) || !system.device().isForeign(one))
        .filter(one -> one.equals(own) || fits(one, ready.content()))
        .findFirst()
        .orElse(own);
  }

  /** A fused norm is none of the stored sum that is at hand here. */
  private boolean fits(StageRecipe recipe, Captured<?> stage) {
    boolean fused = recipe instanceof NormRecipe norm && norm.fused();
    return !fused
        && stage.operation().kind().takes(recipe)
        && stage.y().dtype().format().filter(recipe.output()::equals).isPresent()
        && stage.isReproducedBy(recipe, workers);
  }
}
