package org.bitref.model;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.kernel.Workers;
import org.bitref.recipe.ModelRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** Runs stages of a plan. Results are freed after their last use. */
public final class Executor {
  private final PrefillInputs inputs;
  private final Plan plan;
  private final Binder binder;

  /**
   * An executor for one prompt.
   *
   * @throws BadInputException if the recipe lacks a stage of the plan or gives one the wrong kind
   */
  public Executor(
      PrefillInputs inputs,
      Weights weights,
      ModelRecipe recipe,
      CacheOptions cache,
      Workers workers) {
    this.inputs = inputs;
    this.binder = new Binder(inputs.plan(), inputs, weights, recipe, cache, workers);
    this.plan = inputs.plan().under(recipe);
  }

  /** A stage as it is run: a fused norm reads the terms of a sum. */
  public Stage stage(StageId id) {
    return plan.stage(id);
  }

  /**
   * What a run takes from elsewhere.
   *
   * @param known results of an earlier run of the same model: used, not computed again
   * @param anchor a capture: every stage takes its inputs from here where they are found; results
   *     are computed all the same
   */
  public record Sources(Optional<TensorSource> known, Optional<TensorSource> anchor) {
    /** Everything is computed. */
    public static final Sources NONE = new Sources(Optional.empty(), Optional.empty());

    /** Every stage on the inputs that this capture holds. */
    public static Sources anchoredOn(TensorSource capture) {
      return new Sources(Optional.empty(), Optional.of(capture));
    }
  }

  /**
   * The stages that a run would compute: those wanted, and those they depend on that no source
   * holds. In order of execution.
   */
  public Set<StageId> needed(Set<StageId> wanted, Sources sources) {
    Set<StageId> asked = new HashSet<>(wanted);
    Deque<StageId> needed = new ArrayDeque<>();
    for (Stage stage : plan.stages().reversed()) {
      if (asked.contains(stage.id()) && !holds(sources.known(), stage.id())) {
        needed.addFirst(stage.id());
        for (StageId input : stage.inputs()) {
          if (!holds(sources.anchor(), input)) {
            asked.add(input);
          }
        }
      }
    }
    return new LinkedHashSet<>(needed);
  }

  private static boolean holds(Optional<TensorSource> source, StageId id) {
    return source.isPresent() && source.get().has(id.name());
  }

  /**
   * Computes what {@link #needed} says and hands the wanted results to {@code tap}.
   *
   * @return under an anchor, the inputs that the capture lacks and that were computed instead
   * @throws BadInputException if a source holds a tensor of the wrong shape, or a weight is missing
   */
  public Set<StageId> run(Set<StageId> wanted, Sources sources, StageTap tap) {
    Set<StageId> needed = needed(wanted, sources);
    Map<StageId, Integer> uses = new HashMap<>();
    for (StageId id : needed) {
      plan.stage(id).inputs().forEach(input -> uses.merge(input, 1, Integer::sum));
    }
    Set<StageId> uncaptured = new LinkedHashSet<>();
    Map<StageId, Tensor> results = new HashMap<>();
    for (StageId id : needed) {
      Stage stage = plan.stage(id);
      Tensor[] inputs = new Tensor[stage.inputs().size()];
      for (int i = 0; i < inputs.length; i++) {
        inputs[i] = input(stage.inputs().get(i), sources, results, uncaptured);
      }
      Tensor result = binder.run(stage, inputs);
      if (uses.containsKey(id)) {
        results.put(id, result);
      }
      for (StageId input : stage.inputs()) {
        if (uses.merge(input, -1, Integer::sum) == 0) {
          results.remove(input);
        }
      }
      if (wanted.contains(id)) {
        tap.accept(stage, result);
      }
    }
    return uncaptured;
  }

  private Tensor input(
      StageId id, Sources sources, Map<StageId, Tensor> results, Set<StageId> uncaptured) {
    if (holds(sources.anchor(), id)) {
      return fitted(sources.anchor().get(), id);
    }
    if (sources.anchor().isPresent()) {
      uncaptured.add(id);
    }
    if (holds(sources.known(), id)) {
      return fitted(sources.known().get(), id);
    }
    return results.get(id);
  }

  /** The tensor under the plan's shape; axes of length 1 may be missing or added in the file. */
  private Tensor fitted(TensorSource source, StageId id) {
    Tensor tensor = source.read(id.name());
    Shape expected = inputs.shape(plan.stage(id));
    if (!squeezed(tensor.shape()).equals(squeezed(expected))) {
      throw new BadInputException(
          source.name() + ": tensor \"" + id + "\"",
          "has shape " + tensor.shape() + " where " + expected + " is expected",
          "Check that the capture belongs to this model and prompt.");
    }
    if (!tensor.dtype().isFloat()) {
      throw new BadInputException(
          source.name() + ": tensor \"" + id + "\"",
          "has dtype " + tensor.dtype(),
          "A stage holds floating-point numbers.");
    }
    return tensor.reshape(expected);
  }

  private static Shape squeezed(Shape shape) {
    return Shape.of(Arrays.stream(shape.dims()).filter(dim -> dim != 1).toArray());
  }
}
