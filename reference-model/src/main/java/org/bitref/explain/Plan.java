package org.bitref.explain;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.model.Op;
import org.bitref.model.Qwen3VlConfig;
import org.bitref.model.Qwen3VlPlan;
import org.bitref.model.Stage;
import org.bitref.model.StageId;

/** What follows from what: the wiring of the model's plan, whatever its sizes. */
final class Plan {
  private static final int MOST_LAYERS = 200;
  private static final int FEATURES = 3;
  private static final Map<String, Stage> STAGES = stages();

  private Plan() {}

  private static Map<String, Stage> stages() {
    Qwen3VlConfig config = Qwen3VlConfig.released("2b").withLayers(MOST_LAYERS);
    Map<String, Stage> stages = new java.util.LinkedHashMap<>();
    for (Stage stage : Qwen3VlPlan.of(config, 1, 1, 0, FEATURES).stages()) {
      stages.put(stage.id().name(), stage);
    }
    return stages;
  }

  static Optional<Stage> stage(String name) {
    return Optional.ofNullable(STAGES.get(name));
  }

  /** The stages known to the plan, in its order. */
  static List<String> inOrder(Collection<String> names) {
    Map<String, Integer> order = new HashMap<>();
    STAGES.keySet().forEach(name -> order.put(name, order.size()));
    List<String> known = new ArrayList<>(names);
    known.removeIf(name -> !order.containsKey(name));
    known.sort(java.util.Comparator.comparing(order::get));
    return known;
  }

  /** The stages that {@code name} reads, but for rotary tables. */
  static List<String> inputs(String name) {
    return STAGES.get(name).inputs().stream()
        .map(StageId::name)
        .filter(input -> !input.startsWith("rope."))
        .toList();
  }

  /** The checkpoint's name of a stage's weight. */
  static String weightName(String stage) {
    return switch (STAGES.get(stage).op()) {
      case Op.Norm(String weight) -> weight;
      case Op.Linear(String weight) -> weight;
      default -> throw new IllegalArgumentException(stage + " has no weight");
    };
  }
}
