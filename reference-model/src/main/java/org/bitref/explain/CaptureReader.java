package org.bitref.explain;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.model.StageNames;
import org.bitref.model.WeightNames;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.bitref.tensor.Widened;

/**
 * Reads captures, of either kind that {@link Dumps} knows. Tensors that a dump stored in a wider
 * type than they need are taken in the type that holds their values.
 */
final class CaptureReader {
  private static final Set<String> EXTRA =
      Set.of("input_ids", "visual_embeds", "visual_mask", "attention_mask", "position_ids", "rows");

  private final OwnInputs brought = new OwnInputs();
  private final Map<String, Own> systems = new LinkedHashMap<>();
  private final Map<String, Tensor> shared = new LinkedHashMap<>();
  private final Map<String, Tensor> extra = new LinkedHashMap<>();
  private final SharedWeights weights = new SharedWeights();
  private final Map<String, List<String>> aside = new LinkedHashMap<>();

  /**
   * What one system brought.
   *
   * @param stages its tensors by the names of the plan
   * @param given inputs of its own, likewise
   * @param widened types that its file stores in wider ones
   * @param provenance what its file says about itself
   * @param file where its stages stand
   */
  record Own(
      Map<String, Tensor> stages,
      Map<String, Tensor> given,
      Set<Widened> widened,
      Map<String, String> provenance,
      String file) {
    static Own of(TensorSource source) {
      return new Own(
          new LinkedHashMap<>(),
          new LinkedHashMap<>(),
          new LinkedHashSet<>(),
          source.metadata(),
          source.name());
    }

    private void put(TensorSource source, String tensor, String stage) {
      Tensor stored = source.read(tensor);
      Optional<Widened> found = Widened.in(stored);
      found.ifPresent(widened::add);
      Tensor taken = found.map(type -> stored.cast(type.held())).orElse(stored);
      once(source, tensor, Optional.ofNullable(stages.put(stage, taken)));
    }
  }

  /**
   * Reads all tensors that a capture is made of.
   *
   * @throws BadInputException if a system has a stage twice, or sources disagree in what is shared
   */
  CaptureReader(Dumps dumps) {
    for (int i = 0; i < dumps.systems().size(); i++) {
      readSystems(dumps.systems().get(i), dumps.called().get(i));
    }
    for (TensorSource source : dumps.inputs()) {
      each(source, name -> readInput(source, name) || readCommon(source, name));
    }
    for (TensorSource source : dumps.weights()) {
      each(source, name -> readWeight(source, name));
    }
  }

  /** True if tensors of the source have names of stages, a system's before them or not. */
  static boolean holdsStages(TensorSource source) {
    return holdsSystems(source)
        || source.tensors().keySet().stream().anyMatch(name -> plainStage(name).isPresent());
  }

  private static boolean holdsSystems(TensorSource source) {
    return source.tensors().keySet().stream()
        .anyMatch(name -> StageNames.ofSystem(name).isPresent());
  }

  /** In a file of a system, {@code hidden} and {@code attn} are no inputs. */
  private static Optional<String> plainStage(String name) {
    boolean table = name.equals("cos") || name.equals("sin");
    return table ? StageNames.input(name) : StageNames.stage(name);
  }

  private void readSystems(TensorSource source, Optional<String> called) {
    if (!holdsSystems(source) && holdsStages(source)) {
      Own own = addSystem(source, called.orElseGet(() -> fileName(source.name())));
      each(source, name -> readOwn(source, name, own));
    } else if (called.isPresent()) {
      throw new BadInputException(
          source.name(),
          "is not one system, which could be called " + Text.quote(called.get()),
          "Give the file without a name before it.");
    } else if (each(source, name -> readMarked(source, name)) == 0) {
      throw new BadInputException(
          source.name(),
          "holds no stage of a model",
          "Stages are named q_proj, layers.0.q_proj and so on; see cli/docs.");
    }
  }

  /** Reads every tensor; returns how many names mean something. The others are put aside. */
  private long each(TensorSource source, Predicate<String> read) {
    List<String> names = List.copyOf(source.tensors().keySet());
    List<String> left = names.stream().filter(read.negate()).toList();
    if (!left.isEmpty()) {
      aside.put(source.name(), left);
    }
    return (long) names.size() - left.size();
  }

  private Own addSystem(TensorSource source, String name) {
    Own own = Own.of(source);
    brought.add(source, name);
    if (systems.put(name, own) != null) {
      throw new BadInputException(
          source.name(),
          "is a system of the name " + name + " again",
          "Give each system once, under a file name of its own.");
    }
    return own;
  }

  /** A tensor of a file with several systems, or with none. */
  private boolean readMarked(TensorSource source, String name) {
    Optional<OwnInputs.Name> own = OwnInputs.name(source, name);
    if (own.isPresent()) {
      return readOwnInput(source, name, own.get().system(), own.get().input());
    }
    Optional<StageNames.OfSystem> of = StageNames.ofSystem(name);
    of.ifPresent(
        one ->
            systems
                .computeIfAbsent(one.system(), _ -> Own.of(source))
                .put(source, name, one.stage()));
    of.filter(one -> one.stage().equals("inputs_embeds"))
        .ifPresent(one -> brought.add(one.system(), one.stage(), source.read(name)));
    return of.isPresent()
        || (name.startsWith("in.") && readInput(source, name))
        || readExtra(source, name)
        || readCommon(source, name);
  }

  /** {@code <system>.in.<input>}: what one of several systems in a file got. */
  private boolean readOwnInput(TensorSource source, String name, String system, String input) {
    Optional<String> stage = StageNames.input(input);
    stage.ifPresent(
        found ->
            systems
                .computeIfAbsent(system, _ -> Own.of(source))
                .given
                .put(found, Widened.narrowed(source.read(name))));
    boolean known = stage.isPresent() || readExtra(source, name, input);
    if (known) {
      brought.add(system, stage.orElse(input), source.read(name));
    }
    return known;
  }

  /** A tensor of a file that is a system; its inputs may differ from those of the others. */
  private boolean readOwn(TensorSource source, String name, Own own) {
    Optional<String> stage = plainStage(name);
    stage.ifPresent(found -> own.put(source, name, found));
    Optional<String> input =
        name.startsWith("in.") ? StageNames.input(name.substring(3)) : Optional.empty();
    input.ifPresent(found -> own.given.put(found, Widened.narrowed(source.read(name))));
    return stage.isPresent()
        || input.isPresent()
        || readExtra(source, name)
        || readCommon(source, name);
  }

  private boolean readWeight(TensorSource source, String name) {
    Optional<String> stage = WeightNames.stage(name);
    stage.ifPresent(found -> weights.add(found, source, name));
    return stage.isPresent() || readCommon(source, name);
  }

  /** With {@code in.} before the name or without. */
  private boolean readInput(TensorSource source, String name) {
    Optional<String> stage = StageNames.input(name.startsWith("in.") ? name.substring(3) : name);
    stage.ifPresent(found -> share(source, name, found));
    return stage.isPresent() || readExtra(source, name);
  }

  /** What any file may hold: marked weights and scales. */
  private boolean readCommon(TensorSource source, String name) {
    Optional<String> weight = name.startsWith("w.") ? WeightNames.stage(name) : Optional.empty();
    weight.ifPresent(stage -> weights.add(stage, source, name));
    Optional<String> scale = scale(name);
    scale.ifPresent(found -> extra.computeIfAbsent(found, _ -> source.read(name)));
    return weight.isPresent() || scale.isPresent();
  }

  /** Tensors of the prompt that are no stages, of whichever source holds them first. */
  private boolean readExtra(TensorSource source, String name) {
    return readExtra(source, name, name.startsWith("in.") ? name.substring(3) : name);
  }

  private boolean readExtra(TensorSource source, String name, String plainName) {
    Optional<String> columns = columns(plainName);
    columns.ifPresent(found -> extra.computeIfAbsent(found, _ -> source.read(name)));
    boolean known =
        EXTRA.contains(plainName)
            || plainName.startsWith("deepstack.")
            || plainName.startsWith("past.");
    if (known) {
      extra.computeIfAbsent(plainName, _ -> source.read(name));
    }
    return known || columns.isPresent();
  }

  /** Two files may hold the same input; it must be the same then. */
  private void share(TensorSource source, String name, String stage) {
    Tensor tensor = Widened.narrowed(source.read(name));
    Optional<Tensor> before = Optional.ofNullable(shared.put(stage, tensor));
    once(source, name, before.filter(other -> !same(other, tensor)));
  }

  static boolean same(Tensor a, Tensor b) {
    return a.dtype() == b.dtype() && a.shape().equals(b.shape()) && a.data().mismatch(b.data()) < 0;
  }

  private static void once(TensorSource source, String name, Optional<Tensor> before) {
    if (before.isPresent()) {
      throw new BadInputException(
          source.name() + ": tensor \"" + name + "\"",
          "stands for a stage that is given already, with other data",
          "Give captures of one prompt, each stage once.");
    }
  }

  private static String fileName(String path) {
    String last = path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    int dot = last.lastIndexOf('.');
    return dot > 0 ? last.substring(0, dot) : last;
  }

  /** {@code s.<stage>.x} or {@code .w}: factors of an operand of a product, by its plan's name. */
  private static Optional<String> scale(String name) {
    boolean operand = name.startsWith("s.") && (name.endsWith(".x") || name.endsWith(".w"));
    return operand
        ? StageNames.stage(name.substring(2, name.length() - 2))
            .map(stage -> "s." + stage + name.substring(name.length() - 2))
        : Optional.empty();
  }

  /** {@code cols.<stage>}: which columns the tensors of a stage hold, by its plan's name. */
  private static Optional<String> columns(String name) {
    return name.startsWith(Columns.NAME)
        ? StageNames.stage(name.substring(Columns.NAME.length())).map(stage -> Columns.NAME + stage)
        : Optional.empty();
  }

  /** What systems brought of their own that a prefill starts from. */
  List<Preflight.Start> starts() {
    return brought.starts();
  }

  Map<String, Own> systems() {
    return systems;
  }

  /** Inputs that all systems share, by stage. */
  Map<String, Tensor> shared() {
    return shared;
  }

  SharedWeights weights() {
    return weights;
  }

  /** Tensors of the prompt that are no stages, and scales. */
  Map<String, Tensor> extra() {
    return extra;
  }

  /** Names that mean nothing here, by file. */
  Map<String, List<String>> aside() {
    return aside;
  }

  Preflight preflight() {
    return new Preflight(
        List.copyOf(shared.keySet()), weights.size(), Preflight.checks(brought.starts()));
  }
}
