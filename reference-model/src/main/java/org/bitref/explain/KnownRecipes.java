package org.bitref.explain;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.diagnose.Diagnosed;
import org.bitref.explain.CapturedStage.Ready;
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
    /** Empty if the stage is none of them, or has other inputs here. */
    Optional<Identification> of(Ready stage) {
      return Optional.ofNullable(cases.get(stage.stage()))
          .map(stored -> stored.operation().inputs())
          .filter(stage.content().operation().inputs()::equals)
          .map(_ -> found.get(stage.stage()));
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
  Identification search(Ready stage) {
    Captured<?> content = stage.content();
    String system = stage.system();
    String key = key(system, stage.stage(), content.operation().inputs().size());
    Optional<Identification> layer = again(key, Source.EARLIER_LAYER, content);
    if (layer.isPresent()) {
      return layer.get();
    }
    Identification searched =
        Optional.ofNullable(norms.get(system))
            .flatMap(ofSystem -> ofSystem.of(stage))
            .orElseGet(() -> StageSearch.identify(content, workers));
    Identification found = StageSearch.orKnown(searched, content, elsewhere, workers);
    if (content.operation() instanceof Product product) {
      found = likeOthers(system + " products of " + product.x().dtype(), found, content);
    }
    if (NormAgreement.reproduced(found)) {
      known.put(key, found);
    }
    return Diagnosed.of(found, content, workers);
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
      return again(products, Source.OTHER_PRODUCT, ready).orElse(found);
    }
    if (NormAgreement.reproduced(found)) {
      known.put(products, found);
    }
    return found;
  }

  /** What was found before under this key, if it reproduces this stage as well. */
  private Optional<Identification> again(String key, Source source, Captured<?> ready) {
    return Optional.ofNullable(known.get(key))
        .filter(before -> ready.isReproducedBy(before.best().getFirst().recipe(), workers))
        .map(before -> again(before, source, ready.y().elements()));
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
