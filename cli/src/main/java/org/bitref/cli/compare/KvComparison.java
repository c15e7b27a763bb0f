package org.bitref.cli.compare;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** A KV cache layer by layer: the stages {@code kv.{i}.k} and {@code kv.{i}.v} of both dumps. */
record KvComparison(List<Layer> layers) {
  private static final Pattern NAME = Pattern.compile("kv\\.(\\d{1,6})\\.[kv]");
  private static final int WORST = 3;

  /**
   * A layer.
   *
   * @param both K and V as one tensor
   * @param heads empty unless asked for
   */
  record Layer(
      int layer,
      KvFigures k,
      KvFigures v,
      KvFigures both,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Head> heads) {
    private boolean unequal() {
      return both.unequal() > 0;
    }

    private double logMean() {
      return Math.log(both.meanAbs());
    }
  }

  /** A head of a layer. */
  record Head(int head, KvFigures k, KvFigures v) {}

  /**
   * @param heads by the name of the stage; empty if they are not asked for
   * @return empty if no layer has both K and V
   */
  static Optional<KvComparison> of(List<StageResult> stages, Map<String, List<KvFigures>> heads) {
    Map<String, KvFigures> byName = new HashMap<>();
    TreeSet<Integer> numbers = new TreeSet<>();
    for (StageResult stage : stages) {
      Matcher matcher = NAME.matcher(stage.name());
      if (matcher.matches()) {
        byName.put(stage.name(), KvFigures.of(stage.figures()));
        numbers.add(Integer.valueOf(matcher.group(1)));
      }
    }
    List<Layer> layers = new ArrayList<>();
    for (int i : numbers) {
      String k = "kv." + i + ".k";
      String v = "kv." + i + ".v";
      if (byName.containsKey(k) && byName.containsKey(v)) {
        KvFigures both = KvFigures.of(List.of(byName.get(k), byName.get(v)));
        layers.add(new Layer(i, byName.get(k), byName.get(v), both, heads(k, v, heads)));
      }
    }
    return layers.isEmpty() ? Optional.empty() : Optional.of(new KvComparison(layers));
  }

  private static List<Head> heads(String k, String v, Map<String, List<KvFigures>> heads) {
    List<KvFigures> ofK = heads.getOrDefault(k, List.of());
    List<KvFigures> ofV = heads.getOrDefault(v, List.of());
    return IntStream.range(0, Math.min(ofK.size(), ofV.size()))
        .mapToObj(i -> new Head(i, ofK.get(i), ofV.get(i)))
        .toList();
  }

  @JsonValue
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("all", all(Layer::both));
    json.put("k", all(Layer::k));
    json.put("v", all(Layer::v));
    json.put("first_unequal", firstUnequal());
    json.put("growth_per_layer", growthPerLayer());
    json.put("rises", rises());
    json.put("worst", worst().stream().map(Layer::layer).toList());
    json.put("trend", KvText.trend(this));
    json.put("layers", layers);
    return json;
  }

  /** K, V or both of all layers, as one tensor. */
  KvFigures all(Function<Layer, KvFigures> part) {
    return KvFigures.of(layers.stream().map(part).toList());
  }

  /** The first layer with an unequal element. */
  Optional<Integer> firstUnequal() {
    return layers.stream().filter(Layer::unequal).findFirst().map(Layer::layer);
  }

  /** Layers whose mean absolute difference exceeds that of the layer before. */
  long rises() {
    return IntStream.range(1, layers.size())
        .filter(i -> layers.get(i).both.meanAbs() > layers.get(i - 1).both.meanAbs())
        .count();
  }

  /** The layers with the largest mean absolute difference, the largest first. */
  List<Layer> worst() {
    return layers.stream()
        .filter(Layer::unequal)
        .sorted(Comparator.comparingDouble((Layer layer) -> -layer.both.meanAbs()))
        .limit(WORST)
        .toList();
  }

  /**
   * The factor by which the mean absolute difference grows from layer to layer: the slope of a line
   * through its logarithms by least squares; empty with fewer than three layers that differ.
   */
  Optional<Double> growthPerLayer() {
    List<Layer> some = layers.stream().filter(layer -> layer.both.meanAbs() > 0).toList();
    if (some.size() < 3) {
      return Optional.empty();
    }
    double meanX = some.stream().mapToInt(Layer::layer).average().orElseThrow();
    double meanY = some.stream().mapToDouble(Layer::logMean).average().orElseThrow();
    double xx = 0;
    double xy = 0;
    for (Layer layer : some) {
      double x = layer.layer - meanX;
      xx += x * x;
      xy += x * (layer.logMean() - meanY);
    }
    return Optional.of(Math.exp(xy / xx));
  }
}
