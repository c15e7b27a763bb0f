package org.bitref.cli.golden;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bitref.BadInputException;
import org.bitref.cli.console.Progress;
import org.bitref.cli.console.Session;
import org.bitref.kernel.Workers;
import org.bitref.model.CacheOptions;
import org.bitref.model.Executor;
import org.bitref.model.Plan;
import org.bitref.model.PrefillInputs;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.model.StageTap;
import org.bitref.model.Weights;
import org.bitref.numerics.Format;
import org.bitref.operation.OperationKind;
import org.bitref.recipe.ModelRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * Computes stages and keeps each as soon as it is there.
 *
 * @param anchor where stages take their inputs from, if anywhere
 */
record GoldenRun(
    Plan plan,
    PrefillInputs inputs,
    ModelRecipe recipe,
    CacheOptions cache,
    Optional<TensorSource> anchor) {

  /**
   * Every stage that must be computed for those wanted.
   *
   * @throws BadInputException if the recipe does not fit the plan
   */
  List<Stage> needed(Weights weights, Set<StageId> wanted) {
    try (Workers alone = new Workers(1)) {
      Executor executor = executor(weights, alone);
      return stages(executor, wanted, new Executor.Sources(Optional.empty(), anchor));
    }
  }

  /** Inputs of stages that the anchor lacks. */
  List<String> bridged(List<Stage> needed) {
    if (anchor.isEmpty()) {
      return List.of();
    }
    return inputs(needed).filter(name -> !anchor.get().has(name)).toList();
  }

  private static Stream<String> inputs(List<Stage> needed) {
    return needed.stream().flatMap(stage -> stage.inputs().stream()).map(StageId::name).distinct();
  }

  /**
   * Computes what {@code partial} does not hold yet.
   *
   * @param wanted stages to keep; the state after each layer is kept as well, to go on from
   * @return seconds for each stage computed
   */
  Map<StageId, Double> run(
      Set<StageId> wanted,
      CheckedWeights weights,
      PartialFolder partial,
      Session session,
      Workers workers) {
    Set<StageId> kept = new LinkedHashSet<>(wanted);
    for (Stage stage : needed(weights, wanted)) {
      if (stage.id().equals(StageId.layer(stage.id().layer(), "hidden"))) {
        kept.add(stage.id());
      }
    }
    // A copy: what this run adds must not take the place of results still in memory.
    TensorSource known = TensorSource.of(partial.name(), partial.results());
    Executor.Sources sources = new Executor.Sources(Optional.of(known), anchor);
    Executor executor = executor(weights, workers);
    List<Stage> stages = stages(executor, kept, sources);
    try (Progress progress =
        session.progress("golden", stages.stream().mapToLong(this::cost).sum())) {
      Keeper keeper = new Keeper(kept, partial, progress, stages.iterator());
      executor.run(executor.needed(kept, sources), sources, keeper);
      return keeper.seconds;
    }
  }

  /** True for the type and shape that a stage's result has. */
  boolean plans(TensorInfo result) {
    return plan.find(result.name())
        .filter(stage -> inputs.shape(stage).equals(result.shape()))
        .filter(stage -> dtype(stage) == result.dtype())
        .isPresent();
  }

  private DType dtype(Stage stage) {
    Optional<Format> readBack =
        stage.kind() == OperationKind.APPEND ? cache.readBack() : Optional.empty();
    return DType.of(readBack.orElseGet(() -> stage.recipe(recipe).output()));
  }

  /** Names of the captured inputs that these stages read. */
  List<String> captured(List<Stage> needed) {
    return anchor.stream().flatMap(capture -> inputs(needed).filter(capture::has)).toList();
  }

  private Executor executor(Weights weights, Workers workers) {
    return new Executor(inputs, weights, recipe, cache, workers);
  }

  private static List<Stage> stages(
      Executor executor, Set<StageId> wanted, Executor.Sources sources) {
    return executor.needed(wanted, sources).stream().map(executor::stage).toList();
  }

  /** How long a stage takes, roughly, in multiplications: the unit of progress. At least 1. */
  private long cost(Stage stage) {
    long each =
        switch (stage.kind()) {
          case PRODUCT -> input(stage, 0).dim(-1);
          // Every query against half of the keys, twice: scores, and their product with the values.
          case ATTEND -> input(stage, 1).dim(2);
          default -> 1;
        };
    return Math.max(1, inputs.shape(stage).elements() * each);
  }

  private Shape input(Stage stage, int i) {
    return inputs.shape(plan.stage(stage.inputs().get(i)));
  }

  /** Writes results, takes times, moves the progress bar. */
  private final class Keeper implements StageTap {
    private final Set<StageId> kept;
    private final PartialFolder partial;
    private final Progress progress;
    private final Iterator<Stage> coming;
    private final Map<StageId, Double> seconds = new HashMap<>();
    private long started = System.nanoTime();

    Keeper(Set<StageId> kept, PartialFolder partial, Progress progress, Iterator<Stage> coming) {
      this.kept = kept;
      this.partial = partial;
      this.progress = progress;
      this.coming = coming;
      announce();
    }

    private void announce() {
      if (coming.hasNext()) {
        progress.now(coming.next().id().name());
      }
    }

    @Override
    public void accept(Stage stage, Tensor result) {
      seconds.put(stage.id(), (System.nanoTime() - started) / 1e9);
      if (kept.contains(stage.id())) {
        partial.write(stage.id().name(), result);
      }
      progress.advance(cost(stage));
      announce();
      started = System.nanoTime();
    }
  }
}
