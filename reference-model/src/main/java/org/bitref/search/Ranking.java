package org.bitref.search;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.recipe.StageRecipe;

/** What came of the recipes that were tried on a stage, and the verdict that follows. */
final class Ranking {
  private static final int NEAREST = 5;

  /**
   * Recipes that are one function.
   *
   * @param members the preferred one first
   * @param probe an input on which it differs from the first class; empty for that
   */
  record RecipeClass(List<StageRecipe> members, String probe) {}

  private final Captured<?> stage;
  private final List<Match> partial = new ArrayList<>();
  private final List<String> excluded = new ArrayList<>();
  private int tried;

  Ranking(Captured<?> stage) {
    this.stage = stage;
  }

  /** A recipe that reproduces some of the outputs. */
  void near(StageRecipe recipe, long equal) {
    partial.add(new Match(recipe, equal));
  }

  /** Recipes that were given up on. */
  void excluded(String line) {
    excluded.add(line);
  }

  void tried(int recipes) {
    tried += recipes;
  }

  /** The verdict; classes are those that reproduce everything. */
  Identification verdict(List<RecipeClass> classes, Workers workers) {
    long total = stage.y().elements();
    List<Match> best = new ArrayList<>();
    classes.forEach(c -> best.add(new Match(c.members().getFirst(), total)));
    partial.sort(Comparator.comparingLong(Match::equal).reversed());
    partial.stream().limit(classes.isEmpty() ? NEAREST : 1).forEach(best::add);
    List<Tie> ties = new ArrayList<>();
    if (classes.size() > 1) {
      classes.forEach(c -> ties.add(new Tie(c.members().getFirst(), c.probe())));
    }
    List<StageRecipe> same =
        classes.isEmpty()
            ? List.of()
            : classes.getFirst().members().subList(1, classes.getFirst().members().size());
    Judgement judgement = judgement(classes.size(), workers);
    return new Identification(
        judgement.verdict(),
        judgement.reason(),
        total,
        best,
        same,
        ties,
        List.of(),
        "",
        "",
        excluded,
        tried);
  }

  private record Judgement(Verdict verdict, String reason) {}

  private Judgement judgement(int classes, Workers workers) {
    if (allZero()) {
      return new Judgement(Verdict.INCONCLUSIVE, "every output is zero");
    }
    if (classes == 1) {
      return new Judgement(
          Verdict.IDENTIFIED, "one class of recipes reproduces every output, bit for bit");
    }
    if (classes > 1) {
      return new Judgement(
          Verdict.AMBIGUOUS,
          classes + " classes of recipes reproduce every output and differ on other inputs");
    }
    StageBounds.Outside outside = StageBounds.outside(stage, workers);
    return outside.count() == 0
        ? new Judgement(
            Verdict.UNEXPLAINED,
            "no recipe tried reproduces every output; all lie within the rounding bound")
        : new Judgement(Verdict.CORRUPT, outside.reason());
  }

  private boolean allZero() {
    for (long i = 0; i < stage.y().elements(); i++) {
      if (stage.y().get(i) != 0) {
        return false;
      }
    }
    return true;
  }
}
