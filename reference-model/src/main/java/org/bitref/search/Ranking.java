package org.bitref.search;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.LongStream;
import org.bitref.operation.Captured;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification.Excluded;
import org.bitref.search.Identification.Match;

/** What came of the recipes that were tried on a stage. */
final class Ranking {
  private static final int NEAREST = 5;

  /**
   * Recipes that are one function.
   *
   * @param members the preferred one first
   * @param input on which it differs from the first class
   */
  record RecipeClass(List<StageRecipe> members, Tie.Input input) {}

  private final Captured<?> stage;
  private final List<Match> partial = new ArrayList<>();
  private final List<Excluded> excluded = new ArrayList<>();
  private int tried;

  Ranking(Captured<?> stage) {
    this.stage = stage;
  }

  /** A recipe that reproduces some of the outputs. */
  void near(StageRecipe recipe, long equal) {
    partial.add(new Match(recipe, equal));
  }

  /** A recipe that was given up on. */
  void excluded(StageRecipe recipe, long equal, long of) {
    excluded.add(new Excluded.Recipe(recipe, equal, of));
  }

  void tried(int recipes) {
    tried += recipes;
  }

  /** The result; classes are those that reproduce everything. */
  Identification result(List<RecipeClass> classes) {
    long total = stage.y().elements();
    List<Match> best = new ArrayList<>();
    classes.forEach(c -> best.add(new Match(c.members().getFirst(), total)));
    partial.sort(Comparator.comparingLong(Match::equal).reversed());
    partial.stream().limit(classes.isEmpty() ? NEAREST : 1).forEach(best::add);
    List<Tie> ties = classes.stream().map(c -> new Tie(c.members().getFirst(), c.input())).toList();
    return new Identification(
        outcome(classes.size()),
        total,
        best,
        classes.stream().limit(1).flatMap(c -> c.members().stream().skip(1)).toList(),
        classes.size() > 1 ? ties : List.of(),
        List.of(),
        excluded,
        tried);
  }

  private Outcome outcome(int classes) {
    boolean zeros = LongStream.range(0, stage.y().elements()).allMatch(i -> stage.y().get(i) == 0);
    if (zeros) {
      return new Outcome.Zeros();
    }
    return classes > 0
        ? new Outcome.Classes(classes)
        : new Outcome.Unexplained(OptionalDouble.empty());
  }
}
