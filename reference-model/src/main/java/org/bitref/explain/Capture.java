package org.bitref.explain;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.bitref.BadInputException;
import org.bitref.compare.Comparer;
import org.bitref.compare.StoredBits;
import org.bitref.diagnose.RotaryFunction;
import org.bitref.model.ModelConfig;
import org.bitref.model.Plan;
import org.bitref.model.Stage;
import org.bitref.model.Weights;
import org.bitref.operation.Norm;
import org.bitref.operation.OperationKind;
import org.bitref.recipe.Device;
import org.bitref.replay.Recording;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.bitref.tensor.Widened;

/**
 * What several systems computed of one prompt, read from {@link Dumps}, with the axes that the plan
 * gives each stage. The tensors are those of their sources, which must stay open.
 */
public final class Capture {
  private final List<CapturedSystem> systems;
  private final Plan plan;
  private final Preflight inputs;
  private final Map<String, Tensor> extra;
  private final ModelFacts facts;
  private final boolean judged;
  private final List<Preflight.Start> starts;
  private final Reading reading;
  private Optional<Optional<String>> difference = Optional.empty();

  Capture(
      List<CapturedSystem> systems,
      Plan plan,
      Preflight inputs,
      Map<String, Tensor> extra,
      ModelFacts facts,
      boolean judged,
      List<Preflight.Start> starts,
      Reading reading) {
    this.starts = List.copyOf(starts);
    this.judged = judged;
    this.reading = reading;
    this.systems = List.copyOf(systems);
    this.plan = plan;
    this.inputs = inputs;
    this.extra = extra;
    this.facts = facts;
  }

  /** How the files were read. */
  public Reading reading() {
    return reading;
  }

  /** The names of the systems, those with the most stages first. */
  public List<String> names() {
    return systems.stream().map(CapturedSystem::name).toList();
  }

  /** Those with the most stages first. */
  List<CapturedSystem> systems() {
    return systems;
  }

  /** The systems' wiring. */
  Plan plan() {
    return plan;
  }

  /**
   * What one system computed.
   *
   * @param name how reports call it
   * @param stages its tensors by the names of the plan, and those that all systems share
   * @param own names among them that this system computed
   * @param weights a weight by its stage; empty if the capture does not hold it
   * @param widened types of its stages that the file stores in wider ones
   * @param provenance what its file says about itself
   * @param device that it ran on, as far as that is known
   */
  record CapturedSystem(
      String name,
      Map<String, Tensor> stages,
      Set<String> own,
      Function<String, Optional<Tensor>> weights,
      Set<Widened> widened,
      Map<String, String> provenance,
      Device device) {

    /** The same on this device. */
    CapturedSystem on(Device known) {
      return new CapturedSystem(name, stages, own, weights, widened, provenance, known);
    }

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

  /** The names of these. */
  Set<String> extras() {
    return extra.keySet();
  }

  /** A tensor of the prompt that is no stage, by the systems that brought their own. */
  Map<String, Tensor> brought(String name) {
    Map<String, Tensor> brought = new LinkedHashMap<>();
    for (Preflight.Start start : starts) {
      Optional.ofNullable(start.inputs().get(name))
          .ifPresent(tensor -> brought.put(start.system(), tensor));
    }
    return brought;
  }

  /** What is known of the model besides its weights. */
  ModelFacts facts() {
    return facts;
  }

  /**
   * Which columns of a stage its tensors hold, where the capture says so: their places in the whole
   * stage, in rows [.., heads * D] if it has heads.
   *
   * @throws BadInputException if these are no whole numbers from 0 on, one for each
   */
  Optional<int[]> columns(String stage) {
    return extra(Columns.NAME + stage).map(tensor -> Columns.places(stage, tensor));
  }

  /**
   * True if these tokens are some of a longer prompt, which attention to the others would need:
   * {@code rows} that are not the first ones, or positions of more tokens.
   */
  boolean isSample(long tokens) {
    return extra("rows")
        .map(rows -> LongStream.range(0, rows.elements()).anyMatch(i -> rows.get(i) != i))
        .or(() -> extra("position_ids").map(ids -> ids.shape().dim(-1) > tokens))
        .orElse(false);
  }

  /** What a system left behind, for computing its stages again across gaps. */
  Recording recording(CapturedSystem system) {
    return new Recording() {
      @Override
      public Optional<Tensor> captured(String stage) {
        return system.find(stage);
      }

      @Override
      public Optional<Tensor> weight(String stage) {
        boolean fromOne =
            plan.find(stage).flatMap(Stage::weight).filter(Stage.Parameter::fromOne).isPresent();
        return system.weights().apply(stage).map(w -> fromOne ? Norm.plusOne(w) : w);
      }

      @Override
      public Optional<Tensor> given(String name) {
        return extra(name);
      }

      @Override
      public Settings settings() {
        return facts.settings();
      }

      @Override
      public boolean isSample(long tokens) {
        return Capture.this.isSample(tokens);
      }
    };
  }

  /** The model's, for its norms. */
  double eps() {
    return facts.settings().eps();
  }

  /**
   * The angles that a rotary table of these rows should have, by position_ids; without a model
   * those of Qwen3-VL. Empty if there are no positions of its tokens.
   */
  Optional<RotaryFunction> rotary(String name, Tensor table) {
    int d = table.shape().intDim(-1);
    return extra("position_ids")
        .flatMap(ids -> RotaryFunction.positions(ids, table.elements() / d))
        .map(positions -> new RotaryFunction(positions, facts.settings().frequencies(name, d)));
  }

  /**
   * A checkpoint beside a capture.
   *
   * @param weights by name
   */
  public record Model(Weights weights, ModelConfig config) {}

  /**
   * Understands sources.
   *
   * @param model where weights come from that the sources do not hold
   * @throws BadInputException if there are not two systems in them, or a system has a stage twice
   */
  public static Capture of(Dumps dumps, Optional<Model> model) {
    return CaptureAssembly.of(dumps, model, 2);
  }

  /**
   * As {@link #of}; a single system is enough.
   *
   * @param model where weights come from that the sources do not hold
   * @throws BadInputException if there is no system in them, or a system has a stage twice
   */
  public static Capture ofAny(Dumps dumps, Optional<Model> model) {
    return CaptureAssembly.of(dumps, model, 1);
  }

  /** True if tensors of the source have names of stages, a system's before them or not. */
  public static boolean holdsStages(TensorSource source) {
    return CaptureReader.holdsStages(source);
  }

  /** The stages that some system computed from others, in the order of computation. */
  public List<String> stages() {
    Set<String> seen = new HashSet<>();
    systems.forEach(system -> seen.addAll(system.own()));
    return plan.inOrder(seen).stream()
        .filter(name -> judged || plan.find(name).orElseThrow().kind() != OperationKind.EMBED)
        .toList();
  }

  /** The first stage that systems computed and that is not equal in all of them. */
  Optional<String> firstDifference() {
    if (difference.isEmpty()) {
      difference = Optional.of(stages().stream().filter(this::differs).findFirst());
    }
    return difference.get();
  }

  private boolean differs(String stage) {
    List<Tensor> all = computing(stage).stream().map(system -> system.get(stage)).toList();
    return all.stream().anyMatch(one -> differ(all.getFirst(), one));
  }

  private static boolean differ(Tensor a, Tensor b) {
    if (a.elements() != b.elements()) {
      return true;
    }
    return a.dtype() == b.dtype()
        ? StoredBits.firstUnequal(a, b) >= 0
        : !Comparer.compare(a, b).allEqual();
  }

  /**
   * The same with these systems only, in this order; with all if none is named.
   *
   * @throws BadInputException if one is not there
   */
  public Capture only(List<String> names) {
    if (names.isEmpty()) {
      return this;
    }
    List<CapturedSystem> chosen = names.stream().map(this::system).toList();
    return new Capture(chosen, plan, inputs, extra, facts, judged, starts, reading);
  }

  /**
   * The same, of systems that ran on these devices; what metadata say of another system stays.
   *
   * @param devices by the names of their systems
   */
  public Capture on(Map<String, Device> devices) {
    List<CapturedSystem> known =
        systems.stream()
            .map(system -> system.on(devices.getOrDefault(system.name(), system.device())))
            .toList();
    return new Capture(known, plan, inputs, extra, facts, judged, starts, reading);
  }

  /** The device that a system ran on, as far as that is known. */
  Device device(String name) {
    return system(name).device();
  }

  /**
   * The system of this name.
   *
   * @throws BadInputException if there is none
   */
  CapturedSystem system(String name) {
    return systems.stream()
        .filter(system -> system.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new BadInputException(
                    "system \"" + name + "\"",
                    "is not in the capture",
                    "It holds: " + String.join(", ", names())));
  }
}
