package org.bitref.explain;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.compare.OwnError;
import org.bitref.explain.StageCases.Prepared;
import org.bitref.explain.SystemStage.Status;
import org.bitref.identify.Identification;
import org.bitref.identify.Match;
import org.bitref.identify.StageBounds;
import org.bitref.identify.StageCase;
import org.bitref.identify.StageOutputs;
import org.bitref.identify.StageRun;
import org.bitref.identify.StageSearch;
import org.bitref.kernel.Workers;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Tensor;

/** Explains one stage of one system after the other, in the order of computation. */
final class Evaluator {
  private final StageCases cases;
  private final Workers workers;
  private final Map<String, Map<String, Evaluated>> done = new HashMap<>();
  private final Map<String, Identification> known = new HashMap<>();
  private final Map<String, Norms> norms = new HashMap<>();
  private final Set<String> carriesUnrounded = new HashSet<>();

  Evaluator(StageCases cases, Workers workers) {
    this.cases = cases;
    this.workers = workers;
  }

  /** Evaluates a stage that the system computed; those before it are evaluated already. */
  Evaluated evaluate(CapturedSystem system, String stage) {
    Evaluated evaluated =
        switch (cases.prepare(system, stage)) {
          case Prepared.Bridged(String reason) ->
              new Evaluated(null, List.of(), null, null, bridged(system, reason));
          case Prepared.Ready(StageCase ready, List<String> inputs) ->
              evaluate(system.name(), stage, ready, inputs);
        };
    done.computeIfAbsent(system.name(), ignored -> new HashMap<>()).put(stage, evaluated);
    return evaluated;
  }

  /** A system's norms on the inputs that it stored, and what is known of them. */
  private record Norms(Map<String, StageCase> cases, Map<String, Identification> found) {
    /** Null if the stage is none of them, or has other inputs here. */
    Identification of(String stage, StageCase ready) {
      StageCase stored = cases.get(stage);
      boolean same = stored != null && stored.inputs().equals(ready.inputs());
      return same ? found.get(stage) : null;
    }
  }

  /** Looks for the recipes of a system's norms together, before its stages one by one. */
  void norms(CapturedSystem system, List<String> stages) {
    Map<String, StageCase> ready = new LinkedHashMap<>();
    Set<String> kinds = new HashSet<>();
    for (String stage : stages) {
      if (system.computed(stage)
          && cases.prepare(system, stage) instanceof Prepared.Ready(StageCase.Norm norm, _)
          && kinds.add(StageNaming.last(stage))) {
        ready.put(stage, norm);
      }
    }
    norms.put(system.name(), new Norms(ready, NormAgreement.of(ready, workers)));
  }

  private static SystemStage bridged(CapturedSystem system, String reason) {
    return new SystemStage(
        system.name(), Status.BRIDGED, reason, List.of(), null, null, null, 0);
  }

  /** A case with some of its inputs computed again without a rounding to storage. */
  private record Unrounded(StageCase stage, List<String> replaced) {}

  private Evaluated evaluate(String system, String stage, StageCase ready, List<String> inputs) {
    Optional<Unrounded> unrounded = unrounded(system, ready, inputs);
    // A search that fails takes longest where it is of a product.
    boolean first =
        unrounded.isPresent()
            && carriesUnrounded.contains(system)
            && ready instanceof StageCase.Product;
    if (!first) {
      Identification found = search(system, stage, ready);
      if (NormAgreement.reproduced(found) || unrounded.isEmpty()) {
        return finish(system, new Unrounded(ready, List.of()), inputs, found);
      }
    }
    Identification found = search(system, stage, unrounded.get().stage());
    if (NormAgreement.reproduced(found)) {
      carriesUnrounded.add(system);
      return finish(system, unrounded.get(), inputs, found);
    }
    Identification stored = search(system, stage, ready);
    return finish(system, new Unrounded(ready, List.of()), inputs, stored);
  }

  /** The inputs that the system computed by a known recipe, before their last rounding. */
  private Optional<Unrounded> unrounded(String system, StageCase ready, List<String> inputs) {
    StageCase changed = ready;
    List<String> replaced = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      Evaluated input = done.getOrDefault(system, Map.of()).get(inputs.get(i));
      boolean narrow = ready.inputs().get(i).dtype().bytes() == 2;
      if (input == null || input.recipe() == null || !narrow) {
        continue;
      }
      Optional<StageRecipe> recipe = StageOutputs.unrounded(input.recipe());
      Tensor now = ready.inputs().get(i);
      if (recipe.isPresent() && input.stage().y().elements() == now.elements()) {
        Tensor value = StageRun.of(recipe.get(), input.stage(), workers);
        changed = changed.withInput(i, value.reshape(now.shape()));
        replaced.add(inputs.get(i));
      }
    }
    return replaced.isEmpty() ? Optional.empty() : Optional.of(new Unrounded(changed, replaced));
  }

  /** The recipe of the same stage in another layer first; then all. */
  private Identification search(String system, String stage, StageCase ready) {
    Norms ofSystem = norms.get(system);
    Identification together = ofSystem == null ? null : ofSystem.of(stage, ready);
    String key = system + " " + StageNaming.last(stage) + " " + ready.inputs().size();
    Identification before = known.get(key);
    if (before != null) {
      StageRecipe recipe = before.best().getFirst().recipe();
      Tensor again = StageRun.of(recipe, ready, workers);
      if (StageSearch.equal(again, ready.y()) == ready.y().elements()) {
        return again(before, ready.y().elements());
      }
    }
    Identification found =
        together != null ? together : StageSearch.identify(ready, workers);
    if (NormAgreement.reproduced(found)) {
      known.put(key, found);
    }
    return found;
  }

  private static Identification again(Identification before, long total) {
    List<Match> best = List.of(new Match(before.best().getFirst().recipe(), total));
    return new Identification(
        before.verdict(),
        "the recipe of this stage in an earlier layer reproduces every output here too",
        total,
        best,
        before.same(),
        before.ties(),
        List.of(),
        1);
  }

  private Evaluated finish(
      String system, Unrounded used, List<String> inputs, Identification found) {
    StageCase stage = used.stage();
    Tensor exact = StageRun.exact(stage, workers);
    OwnError own = OwnError.of(stage.y(), exact);
    if (NormAgreement.reproduced(found)) {
      SystemStage status =
          new SystemStage(
              system, Status.REPRODUCED, found.reason(), used.replaced(), found, own, null, 0);
      return new Evaluated(stage, inputs, exact, found.best().getFirst().recipe(), status);
    }
    Bound bound = bound(system, stage, exact);
    boolean inside = bound.excess() <= 1 && bound.decisive();
    Status status =
        inside
            ? Status.BOUNDED
            : switch (found.verdict()) {
              case CORRUPT -> bound.excess() <= 1 ? Status.UNEXPLAINED : Status.CORRUPT;
              case INCONCLUSIVE -> Status.INCONCLUSIVE;
              default -> Status.UNEXPLAINED;
            };
    String reason = inside ? bound.reason() : found.reason();
    return new Evaluated(
        stage,
        inputs,
        exact,
        null,
        new SystemStage(system, status, reason, List.of(), found, own, null, bound.excess()));
  }

  private record Bound(double excess, boolean decisive, String reason) {}

  /** The plain bound; for a system that drops roundings elsewhere, that of a dropped one. */
  private Bound bound(String system, StageCase stage, Tensor exact) {
    boolean dropped = carriesUnrounded.contains(system);
    double[] bound =
        dropped ? StageBounds.ofUnroundedInputs(stage, exact) : StageBounds.of(stage, exact);
    return new Bound(
        worst(stage, exact, bound),
        StageBounds.decisive(exact, bound, exact.shape().intDim(-1)),
        dropped
            ? "inside the bound of one dropped rounding of each input: the system goes on with"
                + " values it did not round, and these were not captured"
            : "inside the rounding bound, though no recipe tried reproduces it");
  }

  private static double worst(StageCase stage, Tensor exact, double[] bound) {
    double worst = 0;
    for (int i = 0; i < bound.length; i++) {
      worst = Math.max(worst, StageBounds.excess(stage.y().get(i), exact.get(i), bound[i]));
    }
    return worst;
  }
}
