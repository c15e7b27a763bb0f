package org.bitref.explain;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.model.Op;
import org.bitref.model.Qwen3VlConfig;
import org.bitref.model.Qwen3VlPlan;
import org.bitref.model.Stage;
import org.bitref.model.StageId;

/** What follows from what: the wiring of a model's plan, whatever its sizes. */
final class Plan {
  /** Deepstack features; where a capture has none, the states pass unchanged. */
  private static final int FEATURES = 3;

  private final Map<String, Stage> stages = new LinkedHashMap<>();

  private Plan(int layers) {
    Qwen3VlConfig config = Qwen3VlConfig.released("2b").withLayers(layers);
    for (Stage stage : Qwen3VlPlan.of(config, 1, 1, 0, Math.min(FEATURES, layers - 1)).stages()) {
      stages.put(stage.id().name(), stage);
    }
  }

  /** The plan with as many layers as these stages have. */
  static Plan of(Collection<String> names) {
    int layers = 1;
    for (String name : names) {
      if (name.startsWith("layers.")) {
        layers = Math.max(layers, 1 + StageNaming.layer(name));
      }
    }
    return new Plan(layers);
  }

  Op op(String stage) {
    return stages.get(stage).op();
  }

  /** The stages known to the plan, in its order. */
  List<String> inOrder(Collection<String> names) {
    Map<String, Integer> order = new HashMap<>();
    stages.keySet().forEach(name -> order.put(name, order.size()));
    List<String> known = new ArrayList<>(names);
    known.removeIf(name -> !order.containsKey(name));
    known.sort(Comparator.comparing(order::get));
    return known;
  }

  /** The stages that {@code name} reads, but for rotary tables. */
  List<String> inputs(String name) {
    return stages.get(name).inputs().stream()
        .map(StageId::name)
        .filter(input -> !input.startsWith("rope."))
        .toList();
  }

  /** The checkpoint's name of a stage's weight; empty if it has none. */
  Optional<String> weight(String stage) {
    return switch (op(stage)) {
      case Op.Norm(String weight) -> Optional.of(weight);
      case Op.Linear(String weight) -> Optional.of(weight);
      default -> Optional.empty();
    };
  }
}
