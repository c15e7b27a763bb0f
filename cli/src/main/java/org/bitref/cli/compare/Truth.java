package org.bitref.cli.compare;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.cli.compare.StageResult.OwnErrors;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.kernel.Workers;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.model.CacheOptions;
import org.bitref.model.Executor;
import org.bitref.model.Plan;
import org.bitref.model.PrefillInputs;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.recipe.ModelRecipe;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Recomputes stages of a dump from the dump's own inputs. */
public final class Truth {
  private final Checkpoint checkpoint;
  private final ModelRecipe recipe;
  private final Session session;

  /**
   * @param recipe usually {@code exact}
   */
  public Truth(Checkpoint checkpoint, ModelRecipe recipe, Session session) {
    this.checkpoint = checkpoint;
    this.recipe = recipe;
    this.session = session;
  }

  /** Adds the errors of both sides to every stage whose inputs A holds. */
  List<StageResult> judge(List<StageResult> results, TensorSource a, TensorSource b) {
    Map<String, OwnErrors> errors = new HashMap<>();
    Map<String, Types> types = new HashMap<>();
    results.forEach(result -> types.put(result.name(), result.types()));
    PrefillInputs inputs = PrefillInputs.read(a, checkpoint.config());
    Plan plan = inputs.plan();
    Set<StageId> stages = computable(plan, results, a);
    try (Workers workers = session.workers();
        Progress progress = session.progress("truth", stages.size())) {
      new Executor(inputs, checkpoint, recipe, CacheOptions.FRESH, workers)
          .run(
              stages,
              Executor.Sources.anchoredOn(a),
              (stage, exact) -> {
                String name = stage.id().name();
                judge(types.get(name), a.read(name), b.read(name), exact)
                    .ifPresent(e -> errors.put(name, e));
                progress.advance(1);
              });
    }
    return results.stream().map(r -> r.with(Optional.ofNullable(errors.get(r.name())))).toList();
  }

  private static Optional<OwnErrors> judge(Types types, Tensor a, Tensor b, Tensor exact) {
    return a.elements() == exact.elements() ? OwnErrors.of(a, b, types, exact) : Optional.empty();
  }

  private static Set<StageId> computable(Plan plan, List<StageResult> results, TensorSource a) {
    Set<String> compared = new LinkedHashSet<>();
    results.forEach(result -> compared.add(result.name()));
    Set<StageId> stages = new LinkedHashSet<>();
    for (Stage stage : plan.stages()) {
      boolean fed = stage.inputs().stream().allMatch(input -> a.has(input.name()));
      if (fed && compared.contains(stage.id().name())) {
        stages.add(stage.id());
      }
    }
    return stages;
  }
}
