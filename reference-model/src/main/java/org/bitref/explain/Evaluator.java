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
import org.bitref.identify.StageBounds;
import org.bitref.identify.StageCase;
import org.bitref.identify.StageOutputs;
import org.bitref.identify.StageRun;
import org.bitref.identify.Verdict;
import org.bitref.kernel.Workers;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/** Explains one stage of one system after the other, in the order of computation. */
final class Evaluator {
  private final StageCases cases;
  private final Workers workers;
  private final Map<String, Map<String, Made>> done = new HashMap<>();
  private final KnownRecipes recipes;
  private final Set<String> carriesUnrounded = new HashSet<>();

  Evaluator(StageCases cases, Workers workers) {
    this.cases = cases;
    this.workers = workers;
    this.recipes = new KnownRecipes(workers);
  }

  /** Evaluates a stage that the system computed; those before it are evaluated already. */
  Evaluated evaluate(CapturedSystem system, String stage) {
    Evaluated evaluated =
        switch (cases.prepare(system, stage)) {
          case Prepared.Bridged(String reason) ->
              new Evaluated(null, List.of(), null, null, bridged(system, stage, reason));
          case Prepared.Ready(StageCase ready, List<String> inputs) ->
              evaluate(system.name(), stage, ready, inputs);
        };
    Made made = new Made(evaluated.stage(), evaluated.recipe());
    done.computeIfAbsent(system.name(), ignored -> new HashMap<>()).put(stage, made);
    return evaluated;
  }

  /** How a stage was made; its recipe is null if none is known. */
  private record Made(StageCase stage, StageRecipe recipe) {}

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
    recipes.norms(system.name(), ready);
  }

  private static SystemStage bridged(CapturedSystem system, String stage, String reason) {
    DType dtype = system.find(stage).orElseThrow().dtype();
    return new SystemStage(
        system.name(), dtype, Status.BRIDGED, reason, List.of(), null, null, null, 0);
  }

  /** A case with some of its inputs computed again without a rounding to storage. */
  private record Unrounded(StageCase stage, List<String> replaced) {
    /** True if all inputs are as the system stored them. */
    boolean isStored() {
      return replaced.isEmpty();
    }
  }

  private Evaluated evaluate(String system, String stage, StageCase ready, List<String> inputs) {
    Optional<Unrounded> unrounded = unrounded(system, ready, inputs);
    Unrounded stored = new Unrounded(ready, List.of());
    List<Unrounded> order = new ArrayList<>(List.of(stored));
    unrounded.ifPresent(u -> order.add(first(system, stored, u) ? 0 : 1, u));
    Identification last = null;
    for (Unrounded candidate : order) {
      Identification found = recipes.search(system, stage, candidate.stage());
      if (NormAgreement.reproduced(found)) {
        if (!candidate.isStored()) {
          carriesUnrounded.add(system);
        }
        return finish(system, candidate, inputs, found);
      }
      last = candidate.isStored() ? found : last;
    }
    return finish(system, stored, inputs, last);
  }

  /** A failing search of a product takes long, so the more promising inputs come first. */
  private boolean first(String system, Unrounded stored, Unrounded unrounded) {
    return unrounded.stage() instanceof StageCase.Product
        && (carriesUnrounded.contains(system)
            || (!PresetCheck.anyFits(stored.stage(), workers)
                && PresetCheck.anyFits(unrounded.stage(), workers)));
  }

  /** The inputs that the system computed by a known recipe, before their last rounding. */
  private Optional<Unrounded> unrounded(String system, StageCase ready, List<String> inputs) {
    StageCase changed = ready;
    List<String> replaced = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      Made input = done.getOrDefault(system, Map.of()).get(inputs.get(i));
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

  private Evaluated finish(
      String system, Unrounded used, List<String> inputs, Identification found) {
    StageCase stage = used.stage();
    Tensor exact = StageRun.exact(stage, workers);
    OwnError own = OwnError.of(stage.y(), exact);
    if (NormAgreement.reproduced(found)) {
      SystemStage status =
          new SystemStage(
              system,
              stage.y().dtype(),
              Status.REPRODUCED,
              found.reason(),
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
  private Finding finding(StageCase stage, Identification found, Bound bound) {
    if (found.verdict() == Verdict.INCONCLUSIVE) {
      return new Finding(Status.INCONCLUSIVE, found.reason());
    }
    if (bound.excess() <= 1 && bound.decisive()) {
      return new Finding(Status.BOUNDED, bound.reason());
    }
    if (bound.excess() <= 1) {
      return new Finding(Status.UNEXPLAINED, found.reason());
    }
    return Diagnosis.of(stage, found.reason(), workers)
        .map(reason -> new Finding(Status.CORRUPT, reason))
        .orElse(new Finding(Status.UNEXPLAINED, found.reason()));
  }

  /** The tightest of the bounds that may hold, and that every output keeps. */
  private Bound bound(String system, StageCase stage, Tensor exact) {
    if (carriesUnrounded.contains(system)) {
      return bound(
          stage,
          exact,
          StageBounds.ofUnroundedInputs(stage, exact),
          "inside the bound of one dropped rounding of each input: the system goes on with values"
              + " it did not round, and these were not captured");
    }
    if (stage instanceof StageCase.Attention) {
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

  private static Bound bound(StageCase stage, Tensor exact, double[] bound, String reason) {
    int columns = exact.shape().intDim(-1);
    return new Bound(
        worst(stage, exact, bound), StageBounds.decisive(exact, bound, columns), reason);
  }

  private static double worst(StageCase stage, Tensor exact, double[] bound) {
    double worst = 0;
    for (int i = 0; i < bound.length; i++) {
      worst = Math.max(worst, StageBounds.excess(stage.y().get(i), exact.get(i), bound[i]));
    }
    return worst;
  }
}
