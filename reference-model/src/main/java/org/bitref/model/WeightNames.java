package org.bitref.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What files call the weights of stages: {@code w.q_proj} and {@code layers.3.q_proj} after the
 * stage, {@code model.layers.3.self_attn.q_proj.weight} as checkpoints of Hugging Face have them,
 * and what ONNX exporters make of that ({@code model.layers.3.attn.q_proj.MatMul.weight}).
 */
public final class WeightNames {
  /** What may stand behind the name of a module. */
  private static final Set<String> ENDS = Set.of("weight", "MatMul", "layernorm");

  /** Modules of a layer that hold others. */
  private static final Set<String> HOLDERS = Set.of("self_attn", "attn", "mlp");

  /** The stages of a layer by the last part of their weights' modules. */
  private static final Map<String, String> LAYER = new HashMap<>();

  /** The same of no layer. */
  private static final Map<String, String> OTHERS = new HashMap<>();

  /** The products that have a bias in some family. */
  private static final Set<String> BIASED = new HashSet<>();

  static {
    for (Family family : Families.all()) {
      for (Stage stage : family.plan(1, 0).stages()) {
        String name = stage.id().name();
        stage
            .weight()
            .map(weight -> parts(weight.name()).getLast())
            .ifPresent(
                module ->
                    (name.startsWith("layers.") ? LAYER : OTHERS)
                        .putIfAbsent(module, StageNames.last(name)));
        stage.bias().ifPresent(_ -> BIASED.add(StageNames.last(name)));
      }
    }
  }

  private WeightNames() {}

  /**
   * The stage whose weight has this name, or what stands for its bias; empty for all else, such as
   * a vision tower's.
   */
  public static Optional<String> stage(String name) {
    return Stage.biased(name)
        .map(
            product ->
                ofWeight(product)
                    .filter(stage -> BIASED.contains(StageNames.last(stage)))
                    .map(Stage::bias))
        .orElseGet(() -> ofWeight(name));
  }

  private static Optional<String> ofWeight(String name) {
    String plain = name.startsWith("w.") ? name.substring(2) : name;
    Optional<String> stage = StageNames.stage(plain);
    if (stage.isPresent()) {
      String last = StageNames.last(stage.get());
      return stage.filter(_ -> LAYER.containsValue(last) || OTHERS.containsValue(last));
    }
    List<String> parts = parts(plain);
    return parts.isEmpty() || parts.stream().anyMatch(part -> part.startsWith("vis"))
        ? Optional.empty()
        : ofModule(parts);
  }

  /** The parts of a module's name. */
  private static List<String> parts(String name) {
    List<String> parts = new ArrayList<>(Arrays.asList(name.split("[./]")));
    parts.removeIf(String::isEmpty);
    while (!parts.isEmpty() && ENDS.contains(parts.getLast())) {
      parts.removeLast();
    }
    return parts;
  }

  private static Optional<String> ofModule(List<String> parts) {
    int layers = parts.lastIndexOf("layers");
    if (layers < 0) {
      Optional<String> other = Optional.ofNullable(OTHERS.get(parts.getLast()));
      return other.or(() -> ofLayer("0", parts));
    }
    return layers + 2 < parts.size()
        ? ofLayer(parts.get(layers + 1), parts.subList(layers + 2, parts.size()))
        : Optional.empty();
  }

  /** An expert's, deeper than the layer's own, are none. */
  private static Optional<String> ofLayer(String number, List<String> module) {
    boolean own = module.size() == 1 || (module.size() == 2 && HOLDERS.contains(module.getFirst()));
    return own && number.matches("\\d{1,4}")
        ? Optional.ofNullable(LAYER.get(module.getLast()))
            .map(stage -> "layers." + Integer.parseInt(number) + "." + stage)
        : Optional.empty();
  }
}
