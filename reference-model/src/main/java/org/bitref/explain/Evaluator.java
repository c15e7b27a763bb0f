package org.bitref.explain;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bitref.bound.StageBounds;
import org.bitref.compare.OwnError;
import org.bitref.explain.HandedOn.Unrounded;
import org.bitref.explain.StageCases.Prepared;
import org.bitref.explain.SystemStage.Status;
import org.bitref.kernel.Workers;
import org.bitref.model.StageNames;
import org.bitref.operation.Attention;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.operation.Product;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification;
import org.bitref.search.Verdict;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/** Explains one stage of one system after the other, in the order of computation. */
final class Evaluator {
  private final StageCases cases;
  private final Workers workers;
  private final Map<String, HandedOn> handedOn = new HashMap<>();
  private final Map<Place, Settled> settled = new HashMap<>();
  private final KnownRecipes recipes;
  private final Set<String> carriesUnrounded = new HashSet<>();

  /**
   * @param elsewhere recipes found elsewhere
   */
  Evaluator(StageCases cases, List<StageRecipe> elsewhere, Workers workers) {
    this.cases = cases;
    this.workers = workers;
    this.recipes = new KnownRecipes(elsewhere, workers);
  }

  /** Evaluates a stage that the system computed; those before it are evaluated already. */
  Evaluated evaluate(CapturedSystem system, String stage) {
    return switch (cases.prepare(system, stage)) {
      case Prepared.Bridged(String reason) ->
          new Evaluated(null, List.of(), null, null, bridged(system, stage, reason));
      case Prepared.Ready(Captured<?> ready, List<String> inputs) ->
          evaluate(system.name(), stage, ready, inputs);
    };
  }

  /** Looks for the recipes of a system's norms together, before its stages one by one. */
  void norms(CapturedSystem system, List<String> stages) {
    Map<String, Captured<?>> ready = new LinkedHashMap<>();
    Set<String> kinds = new HashSet<>();
    for (String stage : stages) {
      if (system.computed(stage)
          && cases.prepare(system, stage) instanceof Prepared.Ready(var norm, _)
          && norm.operation() instanceof Norm
          && kinds.add(StageNames.last(stage))) {
        ready.put(stage, norm);
      }
    }
    recipes.norms(system.name(), ready);
  }

  private static SystemStage bridged(CapturedSystem system, String stage, String reason) {
    DType dtype = system.find(stage).orElseThrow().dtype();
    return new SystemStage(
        system.name(), dtype, Status.BRIDGED, reason, List.of(), null, null, null, 0);
  }

  private Evaluated evaluate(String system, String stage, Captured<?> ready, List<String> inputs) {
    Unrounded stored = new Unrounded(ready, Map.of());
    Identification last = null;
    for (Unrounded candidate : (Iterable<Unrounded>) candidates(system, stored, inputs)::iterator) {
      Identification found = recipes.search(system, stage, candidate.stage());
      if (NormAgreement.reproduced(found)) {
        if (!candidate.isStored()) {
          carriesUnrounded.add(system);
          settle(system, stage, candidate);
        }
        handedOn(system).made(stage, candidate.stage(), found);
        return finish(system, candidate, inputs, found);
      }
      last = candidate.isStored() ? found : last;
    }
    return finish(system, stored, inputs, last);
  }

  private HandedOn handedOn(String system) {
    return handedOn.computeIfAbsent(system, ignored -> new HandedOn(workers));
  }

  private boolean anyPresetFits(Unrounded product) {
    return PresetCheck.anyFits(product.stage().as(Product.class).orElseThrow(), workers);
  }

  /**
   * The stage with its inputs as stored, and with inputs before their last rounding. A failing
   * search of a product takes long, so of a product the more promising inputs come first, and a
   * single alternative to what was stored.
   */
  private Stream<Unrounded> candidates(String system, Unrounded stored, List<String> inputs) {
    Supplier<Stream<Unrounded>> others = () -> handedOn(system).into(stored.stage(), inputs);
    if (!(stored.stage().operation() instanceof Product)) {
      return Stream.concat(Stream.of(stored), others.get());
    }
    boolean carries = carriesUnrounded.contains(system);
    Optional<Unrounded> likely =
        carries || !anyPresetFits(stored)
            ? others.get().filter(this::anyPresetFits).findFirst()
            : Optional.empty();
    Optional<Unrounded> other = likely.or(() -> others.get().findFirst());
    return carries || likely.isPresent()
        ? Stream.concat(other.stream(), Stream.of(stored))
        : Stream.concat(Stream.of(stored), other.stream());
  }

  /** Only these recipes of the stage's inputs explain the stage. */
  private void settle(String system, String stage, Unrounded inputs) {
    handedOn(system).settle(inputs);
    inputs
        .recipes()
        .forEach(
            (input, recipe) -> {
              recipes.prefer(system, input, recipe);
              settled.putIfAbsent(new Place(system, input), new Settled(recipe, stage));
            });
  }

  /** A stage of a system. */
  private record Place(String system, String stage) {}

  /** Of the recipes that fit a stage, the one that a later stage follows from. */
  private record Settled(StageRecipe recipe, String by) {}

  /** The stage with what later stages told of it. */
  SystemStage withHindsight(String stage, SystemStage status) {
    Settled known = settled.get(new Place(status.system(), stage));
    if (known == null || status.identification().ties().isEmpty()) {
      return status;
    }
    return status.with(
        NormAgreement.ahead(status.identification(), known.recipe()),
        "%s; the first of them is the one whose unrounded result explains %s"
            .formatted(status.reason(), known.by()));
  }

  private Evaluated finish(
      String system, Unrounded used, List<String> inputs, Identification found) {
    Captured<?> stage = used.stage();
    Tensor exact = stage.operation().exact(workers);
    OwnError own = OwnError.of(stage.y(), exact);
    if (NormAgreement.reproduced(found)) {
      SystemStage status =
          new SystemStage(
              system,
              stage.y().dtype(),
              Status.REPRODUCED,
              SearchWords.reason(found),
              used.replaced(),
              found,
              own,
              null,
              0);
      return new Evaluated(stage, inputs, exact, found.best().getFirst().recipe(), status);
    }
    Bound bound = bound(system, stage, exact);
    Finding finding = finding(stage, found, bound);
    return new Evaluated(
        stage,
        inputs,
        exact,
        null,
        new SystemStage(
            system,
            stage.y().dtype(),
            finding.status(),
            finding.reason(),
            List.of(),
            found,
            own,
            null,
            bound.excess()));
  }

  private record Bound(double excess, boolean decisive, String reason) {}

  private record Finding(Status status, String reason) {}

  /** What to say of a stage that no recipe reproduces. */
  private Finding finding(Captured<?> stage, Identification found, Bound bound) {
    if (found.verdict() == Verdict.INCONCLUSIVE) {
      return new Finding(Status.INCONCLUSIVE, SearchWords.reason(found));
    }
    if (bound.excess() <= 1 && bound.decisive()) {
      return new Finding(Status.BOUNDED, bound.reason());
    }
    if (bound.excess() <= 1) {
      return new Finding(Status.UNEXPLAINED, SearchWords.reason(found));
    }
    return Diagnosis.of(stage, SearchWords.reason(found), workers)
        .map(reason -> new Finding(Status.CORRUPT, reason))
        .orElse(new Finding(Status.UNEXPLAINED, SearchWords.reason(found)));
  }

  /** The tightest of the bounds that may hold, and that every output keeps. */
  private Bound bound(String system, Captured<?> stage, Tensor exact) {
    if (carriesUnrounded.contains(system)) {
      return bound(
          stage,
          exact,
          StageBounds.ofUnroundedInputs(stage, exact),
          "inside the bound of one dropped rounding of each input: the system goes on with values"
              + " it did not round, and these were not captured");
    }
    if (stage.operation() instanceof Attention) {
      Bound fused =
          bound(
              stage,
              exact,
              StageBounds.ofFusedAttention(stage, exact),
              "inside the rounding bound of attention with float32 scores, though no recipe tried"
                  + " reproduces it: another order of sums in the attention path");
      if (fused.excess() <= 1) {
        return fused;
      }
    }
    return bound(
        stage,
        exact,
        StageBounds.of(stage, exact),
        "inside the rounding bound, though no recipe tried reproduces it");
  }

  private static Bound bound(Captured<?> stage, Tensor exact, double[] bound, String reason) {
    int columns = exact.shape().intDim(-1);
    return new Bound(
        worst(stage, exact, bound), StageBounds.decisive(exact, bound, columns), reason);
  }

  private static double worst(Captured<?> stage, Tensor exact, double[] bound) {
    double worst = 0;
    for (int i = 0; i < bound.length; i++) {
      worst = Math.max(worst, StageBounds.excess(stage.y().get(i), exact.get(i), bound[i]));
    }
    return worst;
  }
}
