package org.bitref.explain;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.bitref.BadInputException;
import org.bitref.compare.OwnError;
import org.bitref.explain.Explanation.EqualPair;
import org.bitref.explain.Explanation.SystemInfo;
import org.bitref.explain.StageCases.Prepared;
import org.bitref.explain.SystemStage.Status;
import org.bitref.kernel.Workers;
import org.bitref.model.StageNames;
import org.bitref.operation.Captured;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Tensor;

/** Explains a capture: every stage of every system from that system's own inputs. */
public final class Explainer {
  private final Capture capture;
  private final Workers workers;
  private final StageCases cases;
  private final Evaluator evaluator;
  private final Trials trials;
  private final Map<String, Tensor> truth = new HashMap<>();

  private Explainer(Capture capture, List<StageRecipe> known, Workers workers) {
    this.capture = capture;
    this.trials = new Trials(known, workers);
    this.workers = workers;
    this.cases = new StageCases(capture, workers);
    this.evaluator = new Evaluator(cases, known, workers);
  }

  /**
   * Explains all stages that a system computed.
   *
   * @param systems two or more to look at, the pair of the chain first; all if empty
   * @param progress is told each stage before it is worked on
   * @throws BadInputException if a named system is not there, or shapes of systems disagree
   */
  public static Explanation explain(
      Capture capture, List<String> systems, Workers workers, Consumer<String> progress) {
    return explain(capture, systems, List.of(), workers, progress);
  }

  /**
   * The same, and tries recipes that were found elsewhere.
   *
   * @param known the recipes; they count where nothing that is searched reproduces a stage
   */
  public static Explanation explain(
      Capture capture,
      List<String> systems,
      List<StageRecipe> known,
      Workers workers,
      Consumer<String> progress) {
    Capture chosen = systems.isEmpty() ? capture : capture.only(systems);
    return new Explainer(chosen, known, workers).explain(systems, progress);
  }

  private Explanation explain(List<String> named, Consumer<String> progress) {
    List<String> all = stages();
    capture.systems().forEach(system -> evaluator.norms(system, all));
    List<StageReport> reports = new ArrayList<>();
    for (String stage : all) {
      progress.accept(stage);
      Map<String, Evaluated> ofStage = new LinkedHashMap<>();
      for (CapturedSystem system : capture.systems()) {
        if (system.computed(stage)) {
          ofStage.put(system.name(), evaluator.evaluate(system, stage));
        }
      }
      ofStage.values().forEach(evaluated -> trials.on(stage, evaluated));
      inherited(stage, ofStage);
      // What was computed is let go of with the stage: whole layers are large.
      reports.add(report(stage, ofStage));
    }
    reports.replaceAll(this::withHindsight);
    List<Chain> chains = new Chains(capture, reports).all(named);
    Judge judge = new Judge(capture.inputs(), reports);
    return new Explanation(
        systems(reports),
        capture.inputs(),
        reports,
        chains,
        equalPairs(reports),
        trials.results(),
        judge.conclusion(),
        judge.reason());
  }

  /** Those that a plan computes from other stages. */
  private List<String> stages() {
    List<String> stages = capture.stages();
    stages.removeIf(capture::isGiven);
    return stages;
  }

  /** Carries the exact chain on by one stage and adds the errors that systems inherited. */
  private void inherited(String stage, Map<String, Evaluated> ofStage) {
    Evaluated template =
        ofStage.values().stream().filter(e -> e.stage() != null).findFirst().orElse(null);
    if (template == null) {
      return;
    }
    CapturedSystem any =
        capture.systems().stream()
            .filter(system -> system.name().equals(template.status().system()))
            .findFirst()
            .orElseThrow();
    Map<String, Tensor> stages = new HashMap<>(truth);
    any.stages().forEach((name, tensor) -> shared(any, name, tensor, stages));
    stages.put(stage, any.find(stage).orElseThrow());
    CapturedSystem lane =
        new CapturedSystem("truth", stages, Set.of(stage), any.weights(), Map.of());
    if (!(cases.prepare(lane, stage) instanceof Prepared.Ready(Captured<?> ready, _))) {
      return;
    }
    Tensor exact = ready.operation().exact(workers);
    Tensor captured = any.find(stage).orElseThrow();
    if (exact.elements() == captured.elements()) {
      truth.keySet().removeIf(name -> StageNames.layer(name) < StageNames.layer(stage) - 1);
      truth.put(stage, exact.reshape(captured.shape()));
    }
    ofStage.replaceAll((system, e) -> e.stage() == null ? e : withInherited(e, exact));
  }

  /** What the truth shares with the systems: the inputs of the capture. */
  private static void shared(
      CapturedSystem system, String name, Tensor tensor, Map<String, Tensor> stages) {
    boolean input =
        !system.computed(name) || name.equals("inputs_embeds") || name.startsWith("rope.");
    if (input) {
      stages.putIfAbsent(name, tensor);
    }
  }

  private static Evaluated withInherited(Evaluated e, Tensor truth) {
    SystemStage s = e.status();
    OwnError inherited =
        OwnError.of(e.exact(), truth, e.stage().y().dtype().format().orElseThrow());
    SystemStage status =
        new SystemStage(
            s.system(),
            s.dtype(),
            s.status(),
            s.reason(),
            s.unrounded(),
            s.identification(),
            s.ownError(),
            inherited,
            s.boundExcess());
    return new Evaluated(e.stage(), e.inputs(), e.exact(), e.recipe(), status);
  }

  private StageReport report(String stage, Map<String, Evaluated> ofStage) {
    List<PairStage> pairs = new ArrayList<>();
    List<CapturedSystem> systems =
        capture.systems().stream().filter(s -> ofStage.containsKey(s.name())).toList();
    for (int i = 0; i < systems.size(); i++) {
      for (int j = i + 1; j < systems.size(); j++) {
        pairs.add(pair(stage, systems.get(i), systems.get(j), ofStage));
      }
    }
    return new StageReport(stage, ofStage.values().stream().map(Evaluated::status).toList(), pairs);
  }

  private StageReport withHindsight(StageReport report) {
    return new StageReport(
        report.name(),
        report.systems().stream()
            .map(status -> evaluator.withHindsight(report.name(), status))
            .toList(),
        report.pairs());
  }

  private static PairStage pair(
      String stage, CapturedSystem left, CapturedSystem right, Map<String, Evaluated> ofStage) {
    long elements = left.find(stage).orElseThrow().elements();
    if (elements != right.find(stage).orElseThrow().elements()) {
      throw new BadInputException(
          "stage " + stage,
          "has %d elements in %s and %d in %s"
              .formatted(
                  elements, left.name(), right.find(stage).orElseThrow().elements(), right.name()),
          "Give captures of one prompt, sampled alike.");
    }
    return PairMath.of(stage, left, right, ofStage.get(left.name()), ofStage.get(right.name()));
  }

  private List<SystemInfo> systems(List<StageReport> reports) {
    List<SystemInfo> infos = new ArrayList<>();
    for (CapturedSystem system : capture.systems()) {
      List<SystemStage> stages =
          reports.stream().map(r -> r.system(system.name())).filter(Objects::nonNull).toList();
      long recomputed = stages.stream().filter(s -> s.status() != Status.BRIDGED).count();
      infos.add(
          new SystemInfo(
              system.name(), stages.size(), Math.toIntExact(recomputed), system.provenance()));
    }
    return infos;
  }

  private List<EqualPair> equalPairs(List<StageReport> reports) {
    List<EqualPair> equal = new ArrayList<>();
    for (int i = 0; i < capture.systems().size(); i++) {
      for (int j = i + 1; j < capture.systems().size(); j++) {
        String a = capture.systems().get(i).name();
        String b = capture.systems().get(j).name();
        List<StageReport> common = reports.stream().filter(r -> r.pair(a, b) != null).toList();
        if (!common.isEmpty()
            && common.stream().allMatch(r -> r.pair(a, b).comparison().allEqual())) {
          equal.add(
              new EqualPair(
                  a,
                  b,
                  common.stream().map(StageReport::name).toList(),
                  common.stream().mapToLong(r -> r.pair(a, b).comparison().total()).sum()));
        }
      }
    }
    return equal;
  }
}
