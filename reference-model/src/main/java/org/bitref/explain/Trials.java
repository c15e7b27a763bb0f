package org.bitref.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Misfit;
import org.bitref.search.StageSearch;

/** Recipes that were found elsewhere, tried on every stage that they can be of. */
final class Trials {
  private final Map<StageRecipe, Seen> recipes = new LinkedHashMap<>();
  private final Workers workers;

  Trials(List<StageRecipe> recipes, Workers workers) {
    recipes.forEach(recipe -> this.recipes.put(recipe, new Seen()));
    this.workers = workers;
  }

  private static final class Seen {
    private final List<String> stages = new ArrayList<>();
    private String misfit = "no stage of its kind was captured";
    private boolean tried;
  }

  /** Tries them on a stage, bridged ones excepted. */
  void on(String stage, Evaluated evaluated) {
    Captured<?> computed = evaluated.stage();
    if (computed == null) {
      return;
    }
    recipes.forEach(
        (recipe, seen) -> {
          if (!computed.operation().kind().takes(recipe)) {
            return;
          }
          Optional<Misfit> misfit = Misfit.of(recipe, computed);
          if (misfit.isPresent()) {
            seen.misfit = SearchWords.misfit(misfit.get());
            return;
          }
          seen.tried = true;
          if (StageSearch.reproduces(recipe, computed, workers)) {
            seen.stages.add(evaluated.status().system() + "." + stage);
          }
        });
  }

  /** What became of each. */
  Map<StageRecipe, Explanation.Trial> results() {
    Map<StageRecipe, Explanation.Trial> results = new LinkedHashMap<>();
    recipes.forEach(
        (recipe, seen) ->
            results.put(recipe, new Explanation.Trial(seen.stages, seen.tried ? "" : seen.misfit)));
    return results;
  }
}
