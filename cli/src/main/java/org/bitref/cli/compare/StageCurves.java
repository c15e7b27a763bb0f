package org.bitref.cli.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.cli.console.Markup;
import org.bitref.cli.html.Curve;

/** How a difference goes on from layer to layer: the kinds of stages that differ, as curves. */
final class StageCurves {
  private static final Pattern LAYER = Pattern.compile("layers\\.(\\d{1,6})\\.(.+)");

  /** What tells most, in this order; the curves of all kinds at once cannot be told apart. */
  private static final List<String> FIRST = List.of("hidden", "attn_out", "mlp_down", "q_proj");

  private static final int FEWEST = 2;

  private StageCurves() {}

  /** Writes nothing where fewer than two layers differ. */
  static void write(Markup page, List<StageResult> stages) {
    Map<String, Map<String, Double>> kinds = new LinkedHashMap<>();
    for (StageResult stage : stages) {
      Matcher name = LAYER.matcher(stage.name());
      if (name.matches()) {
        kinds
            .computeIfAbsent(name.group(2), _ -> new LinkedHashMap<>())
            .put(name.group(1), relative(stage));
      }
    }
    Set<String> layers = new LinkedHashSet<>();
    kinds.values().forEach(kind -> layers.addAll(kind.keySet()));
    List<Curve.Series> shown = new ArrayList<>();
    for (String kind : FIRST) {
      Map<String, Double> values = kinds.getOrDefault(kind, Map.of());
      if (values.keySet().containsAll(layers) && values.values().stream().anyMatch(x -> x != 0)) {
        shown.add(Curve.Series.of(kind, layers.stream().map(values::get).toList()));
      }
    }
    if (layers.size() >= FEWEST && !shown.isEmpty()) {
      page.element("h3", "From layer to layer: A − B of its size, root mean square");
      new Curve("A − B over A, by layers", "layer", List.copyOf(layers), shown).write(page);
    }
  }

  /** Root mean square of A - B over that of A; infinite with a NaN on one side. */
  private static double relative(StageResult stage) {
    double relative = Math.pow(10, -stage.figures().snrDecibels() / 20);
    return Double.isNaN(relative) ? Double.POSITIVE_INFINITY : relative;
  }
}
