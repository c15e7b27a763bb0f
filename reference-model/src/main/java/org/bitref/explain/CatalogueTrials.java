package org.bitref.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.explain.Evaluator.Evaluated;
import org.bitref.explain.Explanation.Trial;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Misfit;
import org.bitref.search.StageSearch;

/** Recipes that were found elsewhere, tried on every stage that they can be of. */
final class CatalogueTrials {
  private final Map<StageRecipe, Trial> results = new LinkedHashMap<>();
  private final Workers workers;

  CatalogueTrials(List<StageRecipe> recipes, Workers workers) {
    recipes.forEach(recipe -> results.put(recipe, new Trial(List.of(), false, Optional.empty())));
    this.workers = workers;
  }

  /** Tries them on a stage, if it can be computed again. */
  void on(Evaluated evaluated) {
    evaluated
        .computed()
        .ifPresent(c -> on(evaluated.stage().system() + "." + c.stage(), c.captured()));
  }

  private void on(String name, Captured<?> stage) {
    results.replaceAll(
        (recipe, before) ->
            stage.operation().kind().takes(recipe) ? on(name, stage, recipe, before) : before);
  }

  private Trial on(String name, Captured<?> stage, StageRecipe recipe, Trial before) {
    Optional<Misfit> misfit = Misfit.of(recipe, stage);
    if (misfit.isPresent()) {
      return new Trial(before.stages(), before.tried(), misfit);
    }
    List<String> stages = new ArrayList<>(before.stages());
    if (StageSearch.reproduces(recipe, stage, workers)) {
      stages.add(name);
    }
    return new Trial(stages, true, before.misfit());
  }

  /** What became of each. */
  Map<StageRecipe, Trial> results() {
    return results;
  }
}
