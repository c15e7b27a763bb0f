package org.bitref.explain;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.model.StageNames;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.bitref.tensor.Widened;

/**
 * Reads captures, of either kind that {@link Capture} knows. Tensors that a dump stored in a wider
 * type than they need are taken in the type that holds their values.
 */
final class CaptureReader {
  private static final Set<String> EXTRA =
      Set.of("input_ids", "visual_embeds", "visual_mask", "attention_mask", "position_ids");

  private final List<TensorSource> sources;
  private final boolean marked;
  private final Map<String, Own> systems = new LinkedHashMap<>();
  private final Map<String, Tensor> shared = new LinkedHashMap<>();
  private final Map<String, Tensor> weights = new LinkedHashMap<>();

  /**
   * What one system brought.
   *
   * @param stages its tensors by the names of the plan
   * @param widened types that its file stores in wider ones
   * @param provenance what its file says about itself
   */
  record Own(Map<String, Tensor> stages, Set<Widened> widened, Map<String, String> provenance) {
    static Own of(TensorSource source) {
      return new Own(new LinkedHashMap<>(), new LinkedHashSet<>(), source.metadata());
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
  CaptureReader(List<TensorSource> sources) {
    this.sources = sources;
    this.marked = sources.stream().anyMatch(CaptureReader::holdsSystems);
    sources.forEach(marked ? this::readMarked : this::readSystem);
  }

  private static boolean holdsSystems(TensorSource source) {
    return source.tensors().keySet().stream()
        .anyMatch(name -> StageNames.ofSystem(name).isPresent());
  }

  /** A file with several systems. */
  private void readMarked(TensorSource source) {
    for (String name : source.tensors().keySet()) {
      if (name.startsWith("in.")) {
        StageNames.input(name.substring(3)).ifPresent(stage -> share(source, name, stage, shared));
      } else if (name.startsWith("w.")) {
        StageNames.stage(name.substring(2)).ifPresent(stage -> share(source, name, stage, weights));
      } else {
        StageNames.ofSystem(name)
            .ifPresent(
                of ->
                    systems
                        .computeIfAbsent(of.system(), _ -> Own.of(source))
                        .put(source, name, of.stage()));
      }
    }
  }

  /** A file that is a system. */
  private void readSystem(TensorSource source) {
    String name = fileName(source.name());
    Own own = Own.of(source);
    for (String tensor : source.tensors().keySet()) {
      StageNames.whole(tensor).ifPresent(stage -> own.put(source, tensor, stage));
    }
    if (own.stages.isEmpty()) {
      throw new BadInputException(
          source.name(),
          "holds no stage of a model",
          "Stages are named layers.0.q_proj and so on; see cli/docs.");
    }
    if (systems.put(name, own) != null) {
      throw new BadInputException(
          source.name(),
          "is a system of the name " + name + " again",
          "Give each system once, under a file name of its own.");
    }
  }

  /** Two files may hold the same input; it must be the same then. */
  private static void share(
      TensorSource source, String name, String stage, Map<String, Tensor> shared) {
    Tensor tensor = Widened.narrowed(source.read(name));
    Optional<Tensor> before = Optional.ofNullable(shared.put(stage, tensor));
    once(source, name, before.filter(other -> !same(other, tensor)));
  }

  private static boolean same(Tensor a, Tensor b) {
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

  Map<String, Own> systems() {
    return systems;
  }

  /** Inputs that all systems share, by stage. */
  Map<String, Tensor> shared() {
    return shared;
  }

  /** By stage. */
  Map<String, Tensor> weights() {
    return weights;
  }

  Preflight preflight() {
    return marked
        ? new Preflight(List.copyOf(shared.keySet()), weights.size(), List.of())
        : Preflight.of(sources);
  }

  /** {@code s.<stage>.x} or {@code .w}: factors of an operand of a product, by its plan's name. */
  private static Optional<String> scale(String name) {
    boolean operand = name.startsWith("s.") && (name.endsWith(".x") || name.endsWith(".w"));
    return operand
        ? StageNames.stage(name.substring(2, name.length() - 2))
            .map(stage -> "s." + stage + name.substring(name.length() - 2))
        : Optional.empty();
  }

  /** Tensors of the prompt that are no stages, and scales, of whichever source holds them first. */
  Map<String, Tensor> extra() {
    Map<String, Tensor> extra = new LinkedHashMap<>();
    for (TensorSource source : sources) {
      for (String name : source.tensors().keySet()) {
        String plain = name.startsWith("in.") ? name.substring(3) : name;
        if (EXTRA.contains(plain) || plain.startsWith("deepstack.") || plain.startsWith("past.")) {
          extra.computeIfAbsent(plain, _ -> source.read(name));
        }
        scale(name).ifPresent(scale -> extra.computeIfAbsent(scale, _ -> source.read(name)));
      }
    }
    return extra;
  }
}
