package org.bitref.search;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.compare.StoredBits;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Operation;
import org.bitref.operation.Pointwise;
import org.bitref.recipe.Device;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Tensor;

/** Tries every recipe of a list. */
final class ListSearch {
  private final Captured<?> stage;
  private final Workers workers;
  private final Ranking ranking;
  private final Device device;

  private ListSearch(Captured<?> stage, Device device, Workers workers) {
    this.device = device;
    this.stage = stage;
    this.workers = workers;
    this.ranking = new Ranking(stage);
  }

  /**
   * Runs all on everything that {@code first} does not exclude.
   *
   * @param first a part of the stage on which all are tried; may be the stage itself
   * @param candidates the preferred ones first
   * @param device of those that fit, the ones that go with it come first
   */
  static Identification search(
      Captured<?> stage,
      Captured<?> first,
      List<StageRecipe> candidates,
      Device device,
      Workers workers) {
    return new ListSearch(stage, device, workers).search(first, candidates);
  }

  private Identification search(Captured<?> first, List<StageRecipe> candidates) {
    ranking.tried(candidates.size());
    Map<StageRecipe, Long> equal = new LinkedHashMap<>();
    for (StageRecipe recipe : candidates) {
      equal.put(recipe, first.equal(recipe, workers));
    }
    long most = equal.values().stream().mapToLong(Long::longValue).max().orElse(0);
    List<StageRecipe> survivors = new ArrayList<>();
    equal.forEach(
        (recipe, count) -> {
          if (count < first.y().elements()) {
            ranking.excluded(recipe, count, first.y().elements());
          }
          // Without one that is whole on the part, the nearest is counted on everything.
          if (count == most) {
            survivors.add(recipe);
          }
        });
    return ranking.result(classes(whole(survivors)));
  }

  private List<StageRecipe> whole(List<StageRecipe> survivors) {
    List<StageRecipe> whole = new ArrayList<>();
    for (StageRecipe recipe : survivors) {
      long count = stage.equal(recipe, workers);
      if (count == stage.y().elements()) {
        whole.add(recipe);
      } else {
        ranking.near(recipe, count);
      }
    }
    whole.sort(device.order());
    return whole;
  }

  /** Recipes with the same result on the trial. */
  private record Alike(Tensor result, List<StageRecipe> members) {}

  private List<Ranking.RecipeClass> classes(List<StageRecipe> recipes) {
    if (recipes.isEmpty()) {
      return List.of();
    }
    Operation trial = Trial.of(stage.operation());
    List<Alike> groups = new ArrayList<>();
    for (StageRecipe recipe : recipes) {
      Tensor result = trial.run(recipe, workers);
      groups.stream()
          .filter(group -> StoredBits.firstUnequal(group.result, result) < 0)
          .findFirst()
          .ifPresentOrElse(
              group -> group.members.add(recipe),
              () -> groups.add(new Alike(result, new ArrayList<>(List.of(recipe)))));
    }
    List<Ranking.RecipeClass> classes = new ArrayList<>();
    for (Alike group : groups) {
      Tie.Input input =
          classes.isEmpty()
              ? Tie.Other.FIRST
              : distinguishing(trial, groups.getFirst().result, group.result);
      classes.add(new Ranking.RecipeClass(group.members, input));
    }
    return classes;
  }

  private static Tie.Input distinguishing(Operation trial, Tensor a, Tensor b) {
    long at = StoredBits.firstUnequal(a, b);
    return trial instanceof Pointwise point && point.b().isEmpty()
        ? new Tie.Point(point.a().get(at), point.a().bits(at))
        : new Tie.Random(a.elements() - StoredBits.equal(a, b), a.elements());
  }
}
