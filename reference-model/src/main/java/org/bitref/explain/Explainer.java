package org.bitref.explain;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.bitref.BadInputException;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.explain.CapturedStage.Ready;
import org.bitref.explain.Evaluator.Evaluated;
import org.bitref.explain.Explanation.EqualPair;
import org.bitref.explain.Explanation.SystemInfo;
import org.bitref.explain.StageReport.Both;
import org.bitref.kernel.Workers;
import org.bitref.model.StageNames;
import org.bitref.operation.OperationKind;
import org.bitref.recipe.Device;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.Widened;

/** Explains a capture: every stage of every system from that system's own inputs. */
public final class Explainer {
  /** Stages that round what they compute; the others copy what was rounded before. */
  private static final Set<OperationKind> ROUNDING =
      Set.of(
          OperationKind.NORM,
          OperationKind.PRODUCT,
          OperationKind.ROTATE,
          OperationKind.ATTEND,
          OperationKind.ADD,
          OperationKind.SILU,
          OperationKind.GELU,
          OperationKind.MUL);

  private final Capture capture;
  private final Workers workers;
  private final StageBinder binder;
  private final Evaluator evaluator;
  private final CatalogueTrials trials;
  private final Selection selection;
  private final Map<String, Tensor> truth = new HashMap<>();

  private Explainer(
      Capture capture, Selection selection, List<StageRecipe> known, Workers workers) {
    this.capture = capture;
    this.selection = selection;
    this.trials = new CatalogueTrials(known, workers);
    this.workers = workers;
    this.binder = new StageBinder(capture, workers);
    this.evaluator = new Evaluator(capture, binder, known, workers);
  }

  /**
   * Explains all stages that a system computed.
   *
   * @param systems two or more to look at; all if empty
   * @param known recipes that were found elsewhere, to be tried too; they count where nothing that
   *     is searched reproduces a stage
   * @param progress is told each stage before it is worked on
   * @throws BadInputException if a named system is not there, or shapes of systems disagree
   */
  public static Explanation explain(
      Capture capture,
      List<String> systems,
      List<StageRecipe> known,
      Workers workers,
      Consumer<String> progress) {
    return explain(capture, systems, Selection.ALL, known, workers, progress);
  }

  /**
   * Explains these stages only. The others are read as inputs of these and for computing them again
   * across stages that were not captured.
   *
   * @param selection of stages, of which the systems computed one at least
   * @throws BadInputException if a named system is not there, or shapes of systems disagree
   * @throws IllegalArgumentException if no system computed a stage of the selection
   * @see #explain(Capture, List, List, Workers, Consumer)
   */
  public static Explanation explain(
      Capture capture,
      List<String> systems,
      Selection selection,
      List<StageRecipe> known,
      Workers workers,
      Consumer<String> progress) {
    Capture chosen = capture.only(systems);
    if (!selection.isAll() && chosen.stages().stream().noneMatch(selection::includes)) {
      throw new IllegalArgumentException("no stage of " + selection);
    }
    return new Explainer(chosen, selection, known, workers).explain(progress);
  }

  private Explanation explain(Consumer<String> progress) {
    List<String> looked = capture.stages().stream().filter(selection::includes).toList();
    evaluator.functions(looked);
    List<StageReport> reports = new ArrayList<>();
    for (String stage : looked) {
      progress.accept(stage);
      List<CapturedStage> bound =
          capture.computing(stage).stream().map(system -> binder.bind(system, stage)).toList();
      Optional<Tensor> exact = truth(stage, bound);
      List<Evaluated> ofStage = bound.stream().map(one -> evaluator.evaluate(one, exact)).toList();
      ofStage.forEach(trials::on);
      // What was computed is let go of with the stage: whole layers are large.
      reports.add(report(stage, ofStage));
    }
    reports.replaceAll(evaluator::withHindsight);
    List<String> systems = capture.systems().stream().map(CapturedSystem::name).toList();
    List<Chain> chains = Chain.all(systems, reports);
    return new Explanation(
        systems(reports),
        capture.inputs(),
        Scope.of(capture, selection),
        reports,
        chains,
        equalPairs(systems, reports),
        trials.results(),
        Explanation.conclude(capture.inputs(), chains.getFirst(), reports));
  }

  /** Carries the exact chain on by one stage; empty where the chain is broken. */
  private Optional<Tensor> truth(String stage, List<CapturedStage> bound) {
    for (CapturedStage one : bound) {
      if (one instanceof Ready) {
        return truth(stage, capture.system(one.system()));
      }
    }
    return Optional.empty();
  }

  private Optional<Tensor> truth(String stage, CapturedSystem any) {
    Tensor captured = any.get(stage);
    Map<String, Tensor> stages = new HashMap<>(truth);
    any.stages().forEach((name, tensor) -> shared(any, name, tensor, stages));
    stages.put(stage, captured);
    CapturedSystem lane =
        new CapturedSystem(
            "truth", stages, Set.of(stage), any.weights(), Set.of(), Map.of(), Device.UNKNOWN);
    if (!(binder.bind(lane, stage) instanceof Ready ready)) {
      return Optional.empty();
    }
    Tensor exact = ready.content().operation().exact(workers);
    if (exact.elements() == captured.elements()) {
      truth.keySet().removeIf(name -> StageNames.layer(name) < StageNames.layer(stage) - 1);
      truth.put(stage, exact.reshape(captured.shape()));
    }
    return Optional.of(exact);
  }

  /** What the truth shares with the systems: the inputs of the capture. */
  private static void shared(
      CapturedSystem system, String name, Tensor tensor, Map<String, Tensor> stages) {
    boolean input =
        !system.computed(name) || name.equals("inputs_embeds") || StageNames.isTable(name);
    if (input) {
      stages.putIfAbsent(name, tensor);
    }
  }

  private StageReport report(String stage, List<Evaluated> ofStage) {
    List<CapturedSystem> systems = capture.computing(stage);
    List<PairStage> pairs = new ArrayList<>();
    for (int i = 0; i < systems.size(); i++) {
      for (int j = i + 1; j < systems.size(); j++) {
        checkSizes(stage, systems.get(i), systems.get(j));
        pairs.add(
            PairMath.of(stage, systems.get(i), systems.get(j), ofStage.get(i), ofStage.get(j)));
      }
    }
    return new StageReport(stage, ofStage.stream().map(Evaluated::stage).toList(), pairs);
  }

  private static void checkSizes(String stage, CapturedSystem left, CapturedSystem right) {
    long elements = left.get(stage).elements();
    long others = right.get(stage).elements();
    if (elements != others) {
      throw new BadInputException(
          "stage " + stage,
          "has %s elements in %s and %s in %s"
              .formatted(elements, left.name(), others, right.name()),
          "Give captures of one prompt, sampled alike.");
    }
  }

  private List<SystemInfo> systems(List<StageReport> reports) {
    List<SystemInfo> infos = new ArrayList<>();
    for (CapturedSystem system : capture.systems()) {
      List<SystemStage> stages =
          reports.stream().flatMap(report -> report.system(system.name()).stream()).toList();
      long recomputed = stages.stream().filter(s -> s.recomputed().isPresent()).count();
      infos.add(
          new SystemInfo(
              system.name(),
              stages.size(),
              Math.toIntExact(recomputed),
              system.widened(),
              casts(system, reports),
              system.provenance(),
              system.device()));
    }
    return infos;
  }

  /** Stages that compute something, and whose values were rounded to a shorter type. */
  private static List<Cast> casts(CapturedSystem system, List<StageReport> reports) {
    Map<Widened, List<String>> stages = new LinkedHashMap<>();
    for (StageReport report : reports) {
      report
          .system(system.name())
          .flatMap(SystemStage::recomputed)
          .filter(stage -> ROUNDING.contains(stage.kind()))
          .flatMap(_ -> Widened.rounded(system.get(report.name())))
          .ifPresent(
              types -> stages.computeIfAbsent(types, _ -> new ArrayList<>()).add(report.name()));
    }
    return stages.entrySet().stream().map(one -> new Cast(one.getKey(), one.getValue())).toList();
  }

  private static List<EqualPair> equalPairs(List<String> systems, List<StageReport> reports) {
    List<EqualPair> equal = new ArrayList<>();
    for (int i = 0; i < systems.size(); i++) {
      for (String b : systems.subList(i + 1, systems.size())) {
        String a = systems.get(i);
        List<Both> common = reports.stream().flatMap(r -> r.both(a, b).stream()).toList();
        if (!common.isEmpty() && common.stream().allMatch(both -> both.unequal() == 0)) {
          long outputs = common.stream().mapToLong(both -> both.pair().comparison().total()).sum();
          equal.add(new EqualPair(a, b, common.stream().map(Both::stage).toList(), outputs));
        }
      }
    }
    return equal;
  }
}
