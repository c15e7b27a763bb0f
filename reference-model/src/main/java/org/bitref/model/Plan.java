package org.bitref.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.model.Stage.Parameter;
import org.bitref.operation.OperationKind;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.NormRecipe;

/**
 * The forward pass of a model as a flat list of stages, in order of execution: what follows from
 * what, whatever its sizes.
 */
public final class Plan {
  private final Map<String, Stage> stages = new LinkedHashMap<>();

  Plan(Collection<Stage> stages) {
    stages.forEach(stage -> this.stages.put(stage.id().name(), stage));
  }

  /** All stages, in order of execution. */
  public List<Stage> stages() {
    return List.copyOf(stages.values());
  }

  /**
   * The stage of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Stage stage(StageId id) {
    return find(id.name())
        .orElseThrow(() -> new IllegalArgumentException("no stage " + id + " in the plan"));
  }

  /** The stage of this name; empty if there is none. */
  public Optional<Stage> find(String name) {
    return Optional.ofNullable(stages.get(name));
  }

  /** True if a stage reads this tensor of the prompt. */
  boolean reads(String given) {
    return stages.values().stream().anyMatch(stage -> stage.given().equals(Optional.of(given)));
  }

  /** Those of these names that the plan knows, in its order. */
  public List<String> inOrder(Set<String> names) {
    return stages.keySet().stream().filter(names::contains).toList();
  }

  /** The parameters, each once, in the order in which they are first read. */
  public List<Parameter> parameters() {
    Set<Parameter> parameters = new LinkedHashSet<>();
    stages.values().forEach(stage -> parameters.addAll(stage.parameters()));
    return List.copyOf(parameters);
  }

  /** The same stages, but a norm that its recipe fuses with a residual sum reads both terms. */
  Plan under(ModelRecipe recipe) {
    List<Stage> under = new ArrayList<>();
    for (Stage stage : stages.values()) {
      boolean fused = stage.recipe(recipe) instanceof NormRecipe norm && norm.fused();
      under.add(fused ? stage.reading(terms(stage.inputs())) : stage);
    }
    return new Plan(under);
  }

  /** The terms of the sum that is the only input; the input itself if it is none. */
  private List<StageId> terms(List<StageId> input) {
    Stage producer = stage(input.getFirst());
    if (producer.kind() == OperationKind.ADD) {
      return producer.inputs();
    }
    boolean passes = producer.kind() == OperationKind.ADD_ROWS && producer.given().isEmpty();
    List<StageId> before = passes ? terms(producer.inputs()) : input;
    return before.size() > 1 ? before : input;
  }
}
