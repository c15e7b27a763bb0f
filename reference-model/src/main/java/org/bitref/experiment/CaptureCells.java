package org.bitref.experiment;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.bitref.BadInputException;
import org.bitref.experiment.Cell.Difference;
import org.bitref.explain.CapturedStage.Lacking;
import org.bitref.explain.CapturedStage.Ready;
import org.bitref.explain.CapturedStages;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.operation.OperationKind;
import org.bitref.operation.Product;
import org.bitref.operation.Rotation;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.space.StageSpace;
import org.bitref.tensor.Tensor;

/** Every captured stage under every hypothesis, on the inputs that its own system had. */
public final class CaptureCells implements Cells {
  private final String version;
  private final CapturedStages captured;
  private final Workers workers;
  private final ContentHash hash = new ContentHash();
  private final Map<Unrounded, Tensor> unrounded = new HashMap<>();
  private final Map<String, Run> runs = new HashMap<>();
  private final List<Cell.Planned> planned = new ArrayList<>();
  private final List<String> names;

  /** What a cell computes. */
  private record Run(StageRecipe recipe, Captured<?> stage) {}

  private record Unrounded(String system, String stage, Hypothesis hypothesis) {}

  /**
   * Finds all cells.
   *
   * @param version of the program, a part of every key
   * @throws BadInputException if a hypothesis has the wrong kind of recipe for a stage
   */
  public CaptureCells(
      String version, CapturedStages captured, List<Hypothesis> hypotheses, Workers workers) {
    this.version = version;
    this.captured = captured;
    this.workers = workers;
    this.names = hypotheses.stream().map(Hypothesis::name).toList();
    for (Ready ready : captured.ready()) {
      for (Hypothesis hypothesis : hypotheses) {
        recipe(hypothesis, ready).ifPresent(recipe -> plan(ready, hypothesis, recipe));
      }
    }
  }

  private void plan(Ready ready, Hypothesis hypothesis, StageRecipe recipe) {
    Captured<?> stage = handed(ready, hypothesis);
    String key = ContentHash.of(describe(recipe, stage));
    runs.put(key, new Run(recipe, stage));
    planned.add(
        new Cell.Planned(ready.system(), ready.stage(), hypothesis.name(), recipe.text(), key));
  }

  /** The stage with the inputs that the hypothesis leaves unrounded. */
  private Captured<?> handed(Ready ready, Hypothesis hypothesis) {
    Captured<?> stage = ready.content();
    for (int i = 0; i < ready.inputs().size(); i++) {
      Ready input = captured.of(ready.system()).get(ready.inputs().get(i));
      Tensor stored = stage.operation().inputs().get(i);
      if (input != null
          && hypothesis.leavesUnrounded(input.stage())
          && input.content().y().elements() == stored.elements()) {
        Optional<Tensor> value = unrounded(input, hypothesis);
        if (value.isPresent()) {
          stage = stage.withInput(i, value.get().reshape(stored.shape()));
        }
      }
    }
    return stage;
  }

  private Optional<Tensor> unrounded(Ready input, Hypothesis hypothesis) {
    Unrounded which = new Unrounded(input.system(), input.stage(), hypothesis);
    if (!unrounded.containsKey(which)) {
      recipe(hypothesis, input)
          .flatMap(StageSpace::unrounded)
          .ifPresent(
              recipe ->
                  unrounded.put(which, handed(input, hypothesis).operation().run(recipe, workers)));
    }
    return Optional.ofNullable(unrounded.get(which));
  }

  private static Optional<StageRecipe> recipe(Hypothesis hypothesis, Ready ready) {
    OperationKind kind = ready.content().operation().kind();
    return hypothesis
        .recipe(ready.stage(), kind == OperationKind.CAST ? OperationKind.ADD : kind)
        .map(recipe -> fitting(recipe, hypothesis, ready));
  }

  private static StageRecipe fitting(StageRecipe recipe, Hypothesis hypothesis, Ready ready) {
    OperationKind kind = ready.content().operation().kind();
    StageRecipe fitting = kind == OperationKind.CAST ? passing(recipe) : recipe;
    boolean fits = kind.takes(fitting) && !(fitting instanceof NormRecipe norm && norm.fused());
    if (!fits) {
      throw new BadInputException(
          hypothesis.where(),
          "has for stage " + ready.stage() + " a recipe of another kind: " + recipe.text(),
          "Narrow the pattern of its rule, or give a recipe for this stage before it.");
    }
    return fitting;
  }

  /** A layer without a deepstack feature adds nothing: its sum is a cast. */
  private static StageRecipe passing(StageRecipe recipe) {
    return recipe instanceof PointRecipe(var kind, var calc, var exponential, var form, var output)
            && kind == PointRecipe.Kind.ADD
        ? new PointRecipe(PointRecipe.Kind.CAST, calc, exponential, form, output)
        : recipe;
  }

  /** Everything that the difference depends on. */
  private String describe(StageRecipe recipe, Captured<?> stage) {
    StringBuilder text = new StringBuilder("bitref " + version + "\n" + recipe.text() + "\n");
    switch (stage.operation()) {
      case Product gemm -> add(text, "w", gemm.w());
      case Norm norm -> {
        add(text, "w", norm.weight());
        text.append("eps ").append(norm.eps()).append('\n');
      }
      case Rotation rope -> {
        add(text, "cos", rope.cos());
        add(text, "sin", rope.sin());
      }
      default -> {}
    }
    stage.operation().inputs().forEach(input -> add(text, "x", input));
    add(text, "y", stage.y());
    return text.toString();
  }

  private void add(StringBuilder text, String role, Tensor tensor) {
    text.append(role).append(' ').append(hash.of(tensor)).append('\n');
  }

  @Override
  public List<String> hypotheses() {
    return names;
  }

  @Override
  public List<Cell.Planned> planned() {
    return List.copyOf(planned);
  }

  @Override
  public List<Lacking> lacking() {
    return captured.lacking();
  }

  @Override
  public void compute(Collection<Cell.Planned> missing, BiConsumer<Cell.Planned, Difference> done) {
    for (Cell.Planned cell : missing) {
      Run run = runs.get(cell.key());
      Tensor result = run.stage().operation().run(run.recipe(), workers);
      done.accept(cell, Difference.stored(result, run.stage().y()));
    }
  }
}
