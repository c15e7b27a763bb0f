package org.bitref.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.bitref.BadInputException;
import org.bitref.model.Family;
import org.bitref.model.Plan;
import org.bitref.model.Stage;
import org.bitref.model.StageNames;
import org.bitref.model.Weights;
import org.bitref.operation.OperationKind;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/**
 * What several systems computed of one prompt. Either files hold tensors {@code <system>.<stage>}
 * beside the shared {@code in.*} and {@code w.*}, or each file is a system and holds stages by the
 * names of the plan. The tensors stay those of their sources, which must stay open.
 */
public final class Capture {
  private static final double EPS = 1e-6;

  /** Deepstack features; where a capture has none, the states pass unchanged. */
  private static final int FEATURES = 3;

  private final List<CapturedSystem> systems;
  private final Plan plan;
  private final Preflight inputs;
  private final Map<String, Tensor> extra;
  private final double eps;

  private Capture(
      List<CapturedSystem> systems,
      Plan plan,
      Preflight inputs,
      Map<String, Tensor> extra,
      double eps) {
    this.systems = List.copyOf(systems);
    this.plan = plan;
    this.inputs = inputs;
    this.extra = extra;
    this.eps = eps;
  }

  /** Those with the most stages first. */
  List<CapturedSystem> systems() {
    return systems;
  }

  /** The systems' wiring. */
  Plan plan() {
    return plan;
  }

  /** The plan with as many layers as these stages have. */
  private static Plan plan(Set<String> names) {
    int layers = 1;
    for (String name : names) {
      if (name.startsWith("layers.")) {
        layers = Math.max(layers, 1 + StageNames.layer(name));
      }
    }
    return Family.ALL.getFirst().plan(layers, Math.min(FEATURES, layers - 1));
  }

  /**
   * What one system computed.
   *
   * @param name how reports call it
   * @param stages its tensors by the names of the plan, and those that all systems share
   * @param own names among them that this system computed
   * @param weights a weight by its stage; empty if the capture does not hold it
   * @param provenance what its file says about itself
   */
  record CapturedSystem(
      String name,
      Map<String, Tensor> stages,
      Set<String> own,
      Function<String, Optional<Tensor>> weights,
      Map<String, String> provenance) {

    Optional<Tensor> find(String stage) {
      return Optional.ofNullable(stages.get(stage));
    }

    /** A stage that it computed. */
    Tensor get(String stage) {
      return find(stage).orElseThrow();
    }

    boolean computed(String stage) {
      return own.contains(stage);
    }
  }

  /** The systems that computed this stage. */
  List<CapturedSystem> computing(String stage) {
    return systems.stream().filter(system -> system.computed(stage)).toList();
  }

  /** What the systems started from, checked against each other. */
  Preflight inputs() {
    return inputs;
  }

  /** A tensor of the prompt that is no stage: a mask or {@code deepstack.N}. */
  Optional<Tensor> extra(String name) {
    return Optional.ofNullable(extra.get(name));
  }

  /** The model's, for its norms. */
  double eps() {
    return eps;
  }

  /**
   * A checkpoint beside a capture.
   *
   * @param weights by name
   * @param eps of its norms
   */
  public record Model(Weights weights, double eps) {}

  /**
   * Understands sources.
   *
   * @param model where weights come from that the sources do not hold
   * @throws BadInputException if there are not two systems in them, or a system has a stage twice
   */
  public static Capture of(List<TensorSource> sources, Optional<Model> model) {
    return of(sources, model, 2);
  }

  /**
   * Understands sources with at least this many systems.
   *
   * @throws BadInputException if there are fewer, or a system has a stage twice
   */
  static Capture of(List<TensorSource> sources, Optional<Model> model, int least) {
    Map<String, Map<String, Tensor>> bySystem = new LinkedHashMap<>();
    Map<String, Tensor> shared = new LinkedHashMap<>();
    Map<String, Tensor> weights = new LinkedHashMap<>();
    Map<String, Map<String, String>> provenance = new LinkedHashMap<>();
    boolean marked = sources.stream().anyMatch(Capture::holdsSystems);
    for (TensorSource source : sources) {
      if (marked) {
        readMarked(source, bySystem, shared, weights);
        bySystem.keySet().forEach(name -> provenance.putIfAbsent(name, source.metadata()));
      } else {
        String name = fileName(source.name());
        put(bySystem, provenance, name, source);
      }
    }
    if (bySystem.size() < least) {
      throw new BadInputException(
          String.join(", ", sources.stream().map(TensorSource::name).toList()),
          "holds " + bySystem.size() + " system(s) with stages of a layer",
          "Give a file with tensors <system>.<stage> of %s, or one file a system."
              .formatted(least == 1 ? "a system" : "two systems"));
    }
    Set<String> all = new LinkedHashSet<>();
    bySystem.values().forEach(stages -> all.addAll(stages.keySet()));
    Plan plan = plan(all);
    List<CapturedSystem> systems = new ArrayList<>();
    bySystem.forEach(
        (name, own) -> {
          Map<String, Tensor> stages = new LinkedHashMap<>(shared);
          stages.putAll(own);
          systems.add(
              new CapturedSystem(
                  name,
                  stages,
                  Set.copyOf(own.keySet()),
                  stage -> weight(stage, plan, weights, model),
                  provenance.get(name)));
        });
    systems.sort(Comparator.comparingInt((CapturedSystem s) -> -s.own().size()));
    return new Capture(
        systems,
        plan,
        marked
            ? new Preflight(List.copyOf(shared.keySet()), weights.size(), List.of())
            : Preflight.of(sources),
        extra(sources.getFirst()),
        model.map(Model::eps).orElse(EPS));
  }

  private static boolean holdsSystems(TensorSource source) {
    return source.tensors().keySet().stream()
        .anyMatch(name -> StageNames.ofSystem(name).isPresent());
  }

  private static void readMarked(
      TensorSource source,
      Map<String, Map<String, Tensor>> bySystem,
      Map<String, Tensor> shared,
      Map<String, Tensor> weights) {
    for (String name : source.tensors().keySet()) {
      if (name.startsWith("in.")) {
        StageNames.input(name.substring(3)).ifPresent(stage -> share(source, name, stage, shared));
      } else if (name.startsWith("w.")) {
        StageNames.stage(name.substring(2)).ifPresent(stage -> share(source, name, stage, weights));
      } else {
        StageNames.ofSystem(name)
            .ifPresent(
                of ->
                    once(
                        source,
                        name,
                        bySystem
                            .computeIfAbsent(of.system(), ignored -> new LinkedHashMap<>())
                            .put(of.stage(), source.read(name))));
      }
    }
  }

  /** Two files may hold the same input; it must be the same then. */
  private static void share(
      TensorSource source, String name, String stage, Map<String, Tensor> shared) {
    Tensor tensor = source.read(name);
    Tensor before = shared.put(stage, tensor);
    boolean same =
        before == null
            || (before.dtype() == tensor.dtype()
                && before.shape().equals(tensor.shape())
                && before.data().mismatch(tensor.data()) < 0);
    once(source, name, same ? null : before);
  }

  private static void once(TensorSource source, String name, Tensor before) {
    if (before != null) {
      throw new BadInputException(
          source.name() + ": tensor \"" + name + "\"",
          "stands for a stage that is given already, with other data",
          "Give captures of one prompt, each stage once.");
    }
  }

  private static void put(
      Map<String, Map<String, Tensor>> bySystem,
      Map<String, Map<String, String>> provenance,
      String name,
      TensorSource source) {
    Map<String, Tensor> own = new LinkedHashMap<>();
    for (String tensor : source.tensors().keySet()) {
      StageNames.whole(tensor)
          .ifPresent(stage -> once(source, tensor, own.put(stage, source.read(tensor))));
    }
    if (own.isEmpty() || bySystem.put(name, own) != null) {
      throw new BadInputException(
          source.name(),
          own.isEmpty()
              ? "holds no stage of a model"
              : "is a system of the name " + name + " again",
          own.isEmpty()
              ? "Stages are named layers.0.q_proj and so on; see cli/docs."
              : "Give each system once, under a file name of its own.");
    }
    provenance.put(name, source.metadata());
  }

  private static String fileName(String path) {
    String last = path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    int dot = last.lastIndexOf('.');
    return dot > 0 ? last.substring(0, dot) : last;
  }

  private static Optional<Tensor> weight(
      String stage, Plan plan, Map<String, Tensor> weights, Optional<Model> model) {
    return Optional.ofNullable(weights.get(stage))
        .or(
            () ->
                model.flatMap(
                    m ->
                        plan.find(stage)
                            .flatMap(Stage::weight)
                            .map(w -> m.weights().weight(w.name()))));
  }

  private static Map<String, Tensor> extra(TensorSource source) {
    Map<String, Tensor> extra = new LinkedHashMap<>();
    for (String name : source.tensors().keySet()) {
      boolean mask = name.equals("visual_mask") || name.equals("attention_mask");
      if (mask || name.startsWith("deepstack.")) {
        extra.put(name, source.read(name));
      }
    }
    return extra;
  }

  /** The stages that some system computed from others, in the order of computation. */
  List<String> stages() {
    Set<String> seen = new HashSet<>();
    systems.forEach(system -> seen.addAll(system.own()));
    return plan.inOrder(seen).stream()
        .filter(name -> plan.find(name).orElseThrow().kind() != OperationKind.EMBED)
        .toList();
  }

  /** How many stages there are. */
  public int size() {
    return stages().size();
  }

  /** The same with these systems only, in this order; with all if none is named. */
  Capture only(List<String> names) {
    if (names.isEmpty()) {
      return this;
    }
    List<CapturedSystem> chosen = new ArrayList<>();
    for (String name : names) {
      chosen.add(
          systems.stream()
              .filter(system -> system.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new BadInputException(
                          "system \"" + name + "\"",
                          "is not in the capture",
                          "It holds: "
                              + String.join(
                                  ", ", systems.stream().map(CapturedSystem::name).toList()))));
    }
    return new Capture(chosen, plan, inputs, extra, eps);
  }
}
