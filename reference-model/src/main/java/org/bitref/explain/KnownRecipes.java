package org.bitref.explain;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.diagnose.Diagnosed;
import org.bitref.kernel.Workers;
import org.bitref.model.StageNames;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;
import org.bitref.search.Outcome;
import org.bitref.search.Outcome.Known.Source;
import org.bitref.search.StageSearch;
import org.bitref.search.Verdict;

/** Finds the recipes of stages, and remembers those found for the stages of a kind that follow. */
final class KnownRecipes {
  private final List<StageRecipe> elsewhere;
  private final Workers workers;
  private final Map<String, Identification> known = new HashMap<>();
  private final Map<String, Norms> norms = new HashMap<>();

  /**
   * @param elsewhere recipes found elsewhere, which count where no other reproduces a stage
   */
  KnownRecipes(List<StageRecipe> elsewhere, Workers workers) {
    this.elsewhere = elsewhere;
    this.workers = workers;
  }

  /** A system's norms on the inputs that it stored, and what is known of them. */
  private record Norms(Map<String, Captured<?>> cases, Map<String, Identification> found) {
    /** Null if the stage is none of them, or has other inputs here. */
    Identification of(String stage, Captured<?> ready) {
      Captured<?> stored = cases.get(stage);
      boolean same =
          stored != null && stored.operation().inputs().equals(ready.operation().inputs());
      return same ? found.get(stage) : null;
    }

    void prefer(StageRecipe recipe) {
      found.replaceAll(
          (stage, norm) ->
              norm.ties().stream().anyMatch(tie -> tie.recipe().equals(recipe))
                  ? NormAgreement.ahead(norm, recipe)
                  : norm);
    }
  }

  /** Looks for the recipes of a system's norms together, by stage. */
  void norms(String system, Map<String, Captured<?>> ready) {
    norms.put(system, new Norms(ready, NormAgreement.of(ready, workers)));
  }

  /**
   * The recipe of this stage in an earlier layer first; then all. Where these leave a choice, or
   * too much of it, the recipe of another product of the system is taken if it is among them.
   */
  Identification search(String system, String stage, Captured<?> ready) {
    Norms ofSystem = norms.get(system);
    Identification together = ofSystem == null ? null : ofSystem.of(stage, ready);
    String key = key(system, stage, ready.operation().inputs().size());
    Optional<Identification> layer = again(known.get(key), Source.EARLIER_LAYER, ready);
    if (layer.isPresent()) {
      return layer.get();
    }
    Identification searched = together != null ? together : StageSearch.identify(ready, workers);
    Identification found = StageSearch.orKnown(searched, ready, elsewhere, workers);
    if (ready.operation() instanceof Product) {
      found =
          likeOthers(
              system + " products of " + ready.operation().inputs().getFirst().dtype(),
              found,
              ready);
    }
    if (NormAgreement.reproduced(found)) {
      known.put(key, found);
    }
    return Diagnosed.of(found, ready, workers);
  }

  /** Of the recipes that fit this stage, and where it fits the system's other norms, this first. */
  void prefer(String system, String stage, StageRecipe recipe) {
    known.computeIfPresent(
        key(system, stage, 1), (ignored, found) -> NormAgreement.ahead(found, recipe));
    if (norms.containsKey(system)) {
      norms.get(system).prefer(recipe);
    }
  }

  private static String key(String system, String stage, int inputs) {
    return system + " " + StageNames.last(stage) + " of " + inputs;
  }

  private Identification likeOthers(String products, Identification found, Captured<?> ready) {
    if (found.verdict() == Verdict.IDENTIFIED) {
      known.put(products, found);
      return found;
    }
    boolean choice =
        found.verdict() == Verdict.AMBIGUOUS || found.verdict() == Verdict.INCONCLUSIVE;
    if (choice && known.containsKey(products)) {
      return again(known.get(products), Source.OTHER_PRODUCT, ready).orElse(found);
    }
    if (NormAgreement.reproduced(found)) {
      known.put(products, found);
    }
    return found;
  }

  /** What was found before, if it reproduces this stage as well. */
  private Optional<Identification> again(Identification before, Source source, Captured<?> ready) {
    if (before == null) {
      return Optional.empty();
    }
    StageRecipe recipe = before.best().getFirst().recipe();
    long equal = ready.equal(recipe, workers);
    boolean same = equal == ready.y().elements();
    return same ? Optional.of(again(before, source, equal)) : Optional.empty();
  }

  private static Identification again(Identification before, Source source, long total) {
    List<Match> best = List.of(new Match(before.best().getFirst().recipe(), total));
    return new Identification(
        new Outcome.Known(source, before.verdict()),
        total,
        best,
        before.same(),
        before.ties(),
        before.tiles(),
        List.of(),
        1);
  }
}
