package org.bitref.explain;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bitref.model.Plan;
import org.bitref.recipe.Device;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Recipes;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;
import org.bitref.search.Tie;

/**
 * How near a named recipe for a whole model is to a system.
 *
 * @param agreeing stages that it is known to reproduce, or to come nearest to
 * @param stored stages that it stores in the same format
 */
record NearestRecipe(ModelRecipe recipe, long agreeing, long stored) {
  private static final Comparator<NearestRecipe> BY_NEARNESS =
      Comparator.comparingLong(NearestRecipe::agreeing).thenComparingLong(NearestRecipe::stored);

  /**
   * The nearest of all that are not of another kind of machine; of several the one that is listed
   * first.
   *
   * @param plan that the stages are of
   * @param device that the system ran on
   */
  static ModelRecipe to(Map<String, SystemStage> stages, Plan plan, Device device) {
    List<NearestRecipe> all =
        Recipes.models().stream()
            .map(Recipes::model)
            .filter(
                model ->
                    model.rules().stream()
                        .noneMatch(rule -> device.fit(rule.recipe()) == Device.Fit.OTHER_KIND))
            .map(one -> of(one, plan, stages))
            .toList();
    return all.stream()
        .reduce((a, b) -> BY_NEARNESS.compare(b, a) > 0 ? b : a)
        .orElseThrow()
        .recipe();
  }

  private static NearestRecipe of(ModelRecipe recipe, Plan plan, Map<String, SystemStage> stages) {
    long agreeing = 0;
    long stored = 0;
    for (Map.Entry<String, SystemStage> stage : stages.entrySet()) {
      StageRecipe rule = plan.find(stage.getKey()).orElseThrow().recipe(recipe);
      Set<StageRecipe> fitting = fitting(stage.getValue());
      agreeing += rule.candidates().stream().anyMatch(fitting::contains) ? 1 : 0;
      boolean same = stage.getValue().dtype().format().filter(rule.output()::equals).isPresent();
      stored += same ? 1 : 0;
    }
    return new NearestRecipe(recipe, agreeing, stored);
  }

  /** The recipes that are known to reproduce a stage; if none does, the one that comes nearest. */
  private static Set<StageRecipe> fitting(SystemStage stage) {
    Set<StageRecipe> fitting = new HashSet<>();
    stage.best().map(Match::recipe).ifPresent(fitting::add);
    stage
        .recipe()
        .ifPresent(
            _ -> {
              Identification found = stage.recomputed().orElseThrow().search();
              fitting.addAll(found.same());
              found.ties().stream().map(Tie::recipe).forEach(fitting::add);
            });
    return fitting;
  }
}
