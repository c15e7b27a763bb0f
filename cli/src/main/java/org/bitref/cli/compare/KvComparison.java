package org.bitref.cli.compare;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A KV cache layer by layer: the stages {@code kv.{i}.k} and {@code kv.{i}.v} that both dumps have.
 *
 * @param all of all layers, K and V, as one tensor
 * @param k of all layers
 * @param v of all layers
 * @param firstUnequal the first layer with an unequal element; null if there is none
 * @param growthPerLayer factor by which the mean absolute difference grows from layer to layer,
 *     fitted by least squares to its logarithm; null with fewer than three layers that differ
 * @param rises layers whose mean absolute difference exceeds that of the layer before
 * @param worst the layers with the largest mean absolute difference, the largest first
 * @param trend the same in a sentence
 */
record KvComparison(
    KvFigures all,
    KvFigures k,
    KvFigures v,
    Integer firstUnequal,
    Double growthPerLayer,
    int rises,
    List<Integer> worst,
    String trend,
    List<Layer> layers) {
  private static final Pattern NAME = Pattern.compile("kv\\.(\\d{1,6})\\.[kv]");
  private static final int WORST = 3;

  /**
   * A layer.
   *
   * @param both K and V as one tensor
   * @param heads null unless asked for
   */
  record Layer(
      int layer,
      KvFigures k,
      KvFigures v,
      KvFigures both,
      @JsonInclude(JsonInclude.Include.NON_NULL) List<Head> heads) {}

  /** A head of a layer. */
  record Head(int head, KvFigures k, KvFigures v) {}

  /**
   * @param heads by the name of the stage; empty if they are not asked for
   * @return null if no layer has both K and V
   */
  static KvComparison of(List<StageResult> stages, Map<String, List<KvFigures>> heads) {
    Map<String, KvFigures> byName = new HashMap<>();
    TreeSet<Integer> numbers = new TreeSet<>();
    for (StageResult stage : stages) {
      Matcher matcher = NAME.matcher(stage.name());
      if (matcher.matches()) {
        byName.put(stage.name(), KvFigures.of(stage));
        numbers.add(Integer.valueOf(matcher.group(1)));
      }
    }
    List<Layer> layers = new ArrayList<>();
    for (int i : numbers) {
      KvFigures k = byName.get("kv." + i + ".k");
      KvFigures v = byName.get("kv." + i + ".v");
      if (k != null && v != null) {
        List<Head> ofHeads = heads(heads.get("kv." + i + ".k"), heads.get("kv." + i + ".v"));
        layers.add(new Layer(i, k, v, KvFigures.of(List.of(k, v)), ofHeads));
      }
    }
    return layers.isEmpty() ? null : of(layers);
  }

  private static List<Head> heads(List<KvFigures> k, List<KvFigures> v) {
    if (k == null || v == null) {
      return null;
    }
    List<Head> heads = new ArrayList<>();
    for (int i = 0; i < Math.min(k.size(), v.size()); i++) {
      heads.add(new Head(i, k.get(i), v.get(i)));
    }
    return List.copyOf(heads);
  }

  private static KvComparison of(List<Layer> layers) {
    final KvFigures all = KvFigures.of(layers.stream().map(Layer::both).toList());
    int rises = 0;
    for (int i = 1; i < layers.size(); i++) {
      rises += layers.get(i).both.meanAbs() > layers.get(i - 1).both.meanAbs() ? 1 : 0;
    }
    KvComparison numbers =
        new KvComparison(
            all,
            KvFigures.of(layers.stream().map(Layer::k).toList()),
            KvFigures.of(layers.stream().map(Layer::v).toList()),
            layers.stream()
                .filter(layer -> layer.both.unequal() > 0)
                .findFirst()
                .map(Layer::layer)
                .orElse(null),
            growth(layers),
            rises,
            layers.stream()
                .filter(layer -> layer.both.unequal() > 0)
                .sorted(Comparator.comparingDouble((Layer layer) -> -layer.both.meanAbs()))
                .limit(WORST)
                .map(Layer::layer)
                .toList(),
            "",
            List.copyOf(layers));
    return numbers.saying(new KvText(numbers).trend());
  }

  private KvComparison saying(String sentence) {
    return new KvComparison(
        all, k, v, firstUnequal, growthPerLayer, rises, worst, sentence, layers);
  }

  /** The slope of a line through the logarithms of the means. */
  private static Double growth(List<Layer> layers) {
    List<Layer> some = layers.stream().filter(layer -> layer.both.meanAbs() > 0).toList();
    if (some.size() < 3) {
      return null;
    }
    double meanX = some.stream().mapToInt(Layer::layer).average().orElseThrow();
    double meanY = logs(some).mapToDouble(y -> y).average().orElseThrow();
    double xx = 0;
    double xy = 0;
    for (Layer layer : some) {
      double x = layer.layer - meanX;
      xx += x * x;
      xy += x * (Math.log(layer.both.meanAbs()) - meanY);
    }
    return Math.exp(xy / xx);
  }

  private static Stream<Double> logs(List<Layer> layers) {
    return layers.stream().map(layer -> Math.log(layer.both.meanAbs()));
  }

  Layer layer(int number) {
    return layers.stream().filter(layer -> layer.layer == number).findFirst().orElseThrow();
  }
}
