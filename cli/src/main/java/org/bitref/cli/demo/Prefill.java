package org.bitref.cli.demo;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bitref.cli.compare.CompareReport;
import org.bitref.cli.compare.Comparison;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.cli.dump.Dump;
import org.bitref.kernel.Workers;
import org.bitref.loaders.hf.Checkpoint;
import org.bitref.model.CacheOptions;
import org.bitref.model.Executor;
import org.bitref.model.Plan;
import org.bitref.model.PrefillInputs;
import org.bitref.model.StageFilter;
import org.bitref.recipe.ModelRecipe;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** The prefill that a capture holds, computed under any recipe and compared with it. */
record Prefill(Checkpoint checkpoint, Dump capture, Session session) {

  /**
   * Computes every stage.
   *
   * @param anchored true if every stage takes its inputs from the capture
   */
  CompareReport compare(String name, ModelRecipe recipe, boolean anchored) {
    PrefillInputs inputs = PrefillInputs.read(capture, checkpoint.config());
    Plan plan = inputs.plan();
    Map<String, Tensor> results = new LinkedHashMap<>();
    try (Workers workers = session.workers();
        Progress progress = session.progress("demo", plan.stages().size())) {
      new Executor(inputs, checkpoint, recipe, CacheOptions.FRESH, workers)
          .run(
              StageFilter.ALL.select(plan),
              anchored ? Executor.Sources.anchoredOn(capture) : Executor.Sources.NONE,
              (stage, result) -> {
                results.put(stage.id().name(), result);
                progress.advance(1);
              });
    }
    return Comparison.of(TensorSource.of(name, results), capture, session);
  }
}
