package org.bitref.replay;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.kernel.Workers;
import org.bitref.model.Plan;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.model.StageNames;
import org.bitref.operation.OperationKind;
import org.bitref.tensor.Tensor;

/** Computes stages of one system from those that it captured before them. */
final class Replay {
  private final Plan plan;
  private final Recording recording;
  private final Workers workers;
  private final Layout layout;
  private final Map<String, Rows> captured = new HashMap<>();

  private Replay(Plan plan, Recording recording, Layout layout, Workers workers) {
    this.plan = plan;
    this.recording = recording;
    this.layout = layout;
    this.workers = workers;
  }

  /** Empty if nothing tells how tokens lie. */
  static Optional<Replay> of(Plan plan, Recording recording, Workers workers) {
    return Layout.of(plan, recording).map(layout -> new Replay(plan, recording, layout, workers));
  }

  Plan plan() {
    return plan;
  }

  Recording recording() {
    return recording;
  }

  Layout layout() {
    return layout;
  }

  Workers workers() {
    return workers;
  }

  /**
   * One computation of a target.
   *
   * @param variants changes of the function; of several for one stage the first counts
   * @param stored how results are kept
   * @param floats true if sums in float32 are exact enough, for targets of 16 bits
   * @param base the same without variants, whose values hold where nothing is changed
   * @param values that are computed, by stage
   */
  record Run(
      String target,
      List<Variant> variants,
      Storage stored,
      boolean floats,
      Optional<Run> base,
      Map<String, Rows> values,
      Map<String, Boolean> changed) {
    Run(String target, Storage stored, boolean floats) {
      this(target, List.of(), stored, floats, Optional.empty(), new HashMap<>(), new HashMap<>());
    }

    Run with(List<Variant> changes) {
      return new Run(
          target,
          changes,
          stored,
          floats,
          Optional.of(base.orElse(this)),
          new HashMap<>(),
          new HashMap<>());
    }
  }

  /** A stage about to be computed exactly from what was captured. */
  Step step(String name) {
    Stage stage = plan.find(name).orElseThrow(() -> new NotReplayable(name));
    return new Step(this, new Run(name, Storage.EXACT, true), stage, Storage.EXACT);
  }

  /** The target of a run. */
  Rows target(Run run) {
    return value(run.target, run);
  }

  /** Elements of a head in the layer of a stage. */
  int headDim(Stage stage) {
    return recording
        .weight("layers." + Math.max(0, stage.id().layer()) + ".q_norm")
        .map(weight -> Math.toIntExact(weight.elements()))
        .or(() -> recording.captured("rope.cos").map(table -> table.shape().intDim(-1)))
        .or(() -> recording.settings().headDim().stream().boxed().findFirst())
        .orElseThrow(() -> new NotReplayable("the length of a head"));
  }

  /** What the system stored, as a run has it. */
  Optional<Rows> stored(String stage) {
    Rows known = captured.get(stage);
    if (known == null) {
      Optional<Tensor> tensor = recording.captured(stage).filter(whole -> isWhole(stage, whole));
      if (tensor.isEmpty()) {
        return Optional.empty();
      }
      known = Rows.of(tensor.get(), layout.all(), layout.tokens(), isOuter(stage));
      captured.put(stage, known);
    }
    return Optional.of(known);
  }

  private boolean isWhole(String stage, Tensor tensor) {
    return tensor.elements() % layout.all() == 0 && tensor.dtype().isFloat() && !isLonger(stage);
  }

  /** True for a cache that was captured and holds tokens of earlier calls. */
  boolean isLonger(String stage) {
    return stage.startsWith("kv.")
        && recording
            .captured(stage)
            .filter(cache -> cache.shape().rank() == 4)
            .filter(cache -> cache.shape().dim(2) != layout.sequence())
            .isPresent();
  }

  /** True for what may be stored as [B, heads, S, D]. */
  static boolean isOuter(String stage) {
    return stage.startsWith("kv.") || stage.endsWith("_rope");
  }

  /**
   * A stage: as captured, but the target is computed.
   *
   * @throws NotReplayable if something that it needs is not there
   */
  Rows value(String name, Run run) {
    if (!name.equals(run.target)) {
      Optional<Rows> leaf = stored(name);
      if (leaf.isPresent()) {
        return leaf.get();
      }
    }
    if (run.base.isPresent() && !isChanged(name, run)) {
      return value(name, run.base.get());
    }
    Rows known = run.values.get(name);
    if (known == null) {
      known = compute(name, run);
      run.values.put(name, known);
    }
    return known;
  }

  private Rows compute(String name, Run run) {
    Stage stage = plan.find(name).orElseThrow(() -> new NotReplayable(name));
    Step step = new Step(this, run, stage, run.stored);
    Rows result =
        run.variants.stream()
            .filter(variant -> variant.changes(step.last()))
            .findFirst()
            .map(variant -> variant.rule().apply(step))
            .orElseGet(step::normal);
    boolean passes = stage.kind() == OperationKind.APPEND;
    return passes ? result : run.stored.round(result, name);
  }

  private boolean isChanged(String name, Run run) {
    Boolean known = run.changed.get(name);
    if (known == null) {
      known =
          run.variants.stream().anyMatch(variant -> variant.changes(StageNames.last(name)))
              || inputs(name).stream()
                  .anyMatch(input -> isOpen(input, run) && isChanged(input, run));
      run.changed.put(name, known);
    }
    return known;
  }

  private List<String> inputs(String name) {
    return plan.find(name).map(Stage::inputs).orElse(List.of()).stream()
        .map(StageId::name)
        .filter(input -> !StageNames.isTable(input))
        .toList();
  }

  private boolean isOpen(String name, Run run) {
    return name.equals(run.target) || stored(name).isEmpty();
  }

  /** The stages that are computed for a target, the target first. */
  Set<Stage> open(String target) {
    Set<Stage> open = new LinkedHashSet<>();
    open(target, target, open);
    return open;
  }

  private void open(String name, String target, Set<Stage> open) {
    if (!name.equals(target) && stored(name).isPresent()) {
      return;
    }
    Stage stage = plan.find(name).orElseThrow(() -> new NotReplayable(name));
    if (open.add(stage)) {
      if (stage.kind() == OperationKind.EMBED && recording.given("input_ids").isEmpty()) {
        throw new NotReplayable(name);
      }
      inputs(name).forEach(input -> open(input, target, open));
    }
  }
}
