package org.bitref.replay;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bitref.diagnose.OtherFunction;
import org.bitref.model.Stage;
import org.bitref.model.StageNames;
import org.bitref.operation.OperationKind;
import org.bitref.tensor.Tensor;

/** The changes of function that may be behind a target, the simplest first. */
final class Variants {
  /** Other layers whose weights are tried. */
  private static final int MOST_LAYERS = 8;

  private final Replay replay;
  private final String target;
  private final Set<Stage> open;
  private final List<Variant> all = new ArrayList<>();

  private Variants(Replay replay, String target, Set<Stage> open) {
    this.replay = replay;
    this.target = target;
    this.open = open;
  }

  /**
   * Those of the stages that are computed.
   *
   * @param stored what the system stored
   */
  static List<Variant> of(Replay replay, String target, Set<Stage> open, Rows stored) {
    Variants variants = new Variants(replay, target, open);
    variants.norms();
    variants.rotations();
    variants.attention();
    variants.points(stored);
    variants.products();
    variants.weights();
    return List.copyOf(variants.all);
  }

  private Set<String> lasts(OperationKind... kinds) {
    List<OperationKind> wanted = List.of(kinds);
    return open.stream()
        .filter(stage -> wanted.contains(stage.kind()))
        .map(stage -> StageNames.last(stage.id().name()))
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** All of them, those of heads, those of rows, and each. */
  private static Collection<Set<String>> scopes(Set<String> stages) {
    Set<Set<String>> scopes = new LinkedHashSet<>();
    scopes.add(stages);
    scopes.add(stages.stream().filter(Variants::isOfHeads).collect(Collectors.toSet()));
    scopes.add(stages.stream().filter(name -> !isOfHeads(name)).collect(Collectors.toSet()));
    stages.forEach(name -> scopes.add(Set.of(name)));
    scopes.removeIf(Set::isEmpty);
    return scopes;
  }

  /** True for a norm or rotation of the heads of queries or keys. */
  static boolean isOfHeads(String stage) {
    return stage.startsWith("q_") || stage.startsWith("k_");
  }

  private void norms() {
    Set<String> norms = lasts(OperationKind.NORM);
    double eps = replay.recording().settings().eps();
    scopes(norms).forEach(scope -> all.addAll(NormVariants.of(scope, eps)));
  }

  private void rotations() {
    Set<String> stages = lasts(OperationKind.ROTATE);
    double theta = replay.recording().settings().theta();
    scopes(stages).forEach(scope -> all.addAll(RotaryVariants.of(scope, theta)));
  }

  private void attention() {
    if (!lasts(OperationKind.ATTEND).isEmpty()) {
      int s = replay.layout().sequence();
      Set<Integer> windows = new LinkedHashSet<>();
      for (int keys = 4; keys < s; keys *= 2) {
        windows.addAll(List.of(keys, keys + 1, keys - 1, keys + keys / 2));
      }
      int d = replay.headDim(open.iterator().next());
      all.addAll(AttentionVariants.of(d, s, List.copyOf(windows)));
    }
  }

  private void points(Rows stored) {
    if (!lasts(OperationKind.SILU).isEmpty()) {
      all.addAll(PointVariants.activations());
    }
    if (!lasts(OperationKind.MUL).isEmpty()) {
      all.addAll(PointVariants.gated());
    }
    for (String stage : lasts(OperationKind.ADD)) {
      all.addAll(PointVariants.sums(stage));
      clamp(stored).ifPresent(at -> all.add(PointVariants.clamped(StageNames.last(target), at)));
    }
    if (!lasts(OperationKind.EMBED).isEmpty()) {
      all.addAll(PointVariants.embeddings());
    }
    int features =
        (int)
            IntStream.range(0, 8)
                .filter(i -> replay.recording().given("deepstack." + i).isPresent())
                .count();
    open.stream()
        .filter(stage -> stage.kind() == OperationKind.ADD_ROWS)
        .forEach(stage -> all.addAll(PointVariants.features(given(stage), features)));
  }

  private Optional<String> given(Stage stage) {
    return stage.given().filter(name -> replay.recording().given(name).isPresent());
  }

  /** The largest magnitude, if several values have it. */
  private static Optional<Double> clamp(Rows stored) {
    double most = 0;
    int times = 0;
    for (double value : stored.values()) {
      double size = Math.abs(value);
      times = size > most ? 1 : size == most ? times + 1 : times;
      most = Math.max(most, size);
    }
    return times > 2 && most > 0 ? Optional.of(most) : Optional.empty();
  }

  private void products() {
    Set<String> products = lasts(OperationKind.PRODUCT);
    products.forEach(stage -> all.addAll(ProductVariants.of(Set.of(stage))));
    if (products.size() > 1) {
      all.addAll(ProductVariants.narrowed(products));
    }
    for (Set<String> pair : List.of(Set.of("gate_proj", "up_proj"), Set.of("q_proj", "k_proj"))) {
      if (products.containsAll(pair)) {
        all.addAll(ProductVariants.of(pair));
      }
    }
  }

  private void weights() {
    Map<String, Tensor> own = new LinkedHashMap<>();
    Set<String> stages = lasts(OperationKind.PRODUCT, OperationKind.NORM);
    int layer =
        open.stream()
            .mapToInt(stage -> stage.id().layer())
            .filter(i -> i >= 0)
            .findFirst()
            .orElse(0);
    for (Stage stage : replay.plan().stages()) {
      boolean parameter =
          (stage.kind() == OperationKind.PRODUCT || stage.kind() == OperationKind.NORM)
              && (stage.id().layer() == layer || stage.id().layer() < 0);
      if (parameter) {
        weight(stage.id().name()).ifPresent(w -> own.put(stage.id().name(), w));
      }
    }
    exchanged(stages, own);
    layers(stages, layer);
    if (stages.contains("logits")) {
      all.add(weightOf(Set.of("logits"), "inputs_embeds"));
    }
  }

  private Optional<Tensor> weight(String stage) {
    return replay.recording().weight(stage);
  }

  /** Weights of one shape, exchanged or one for the other. */
  private void exchanged(Set<String> stages, Map<String, Tensor> own) {
    own.forEach(
        (name, weight) -> {
          String last = StageNames.last(name);
          own.forEach(
              (otherName, other) -> {
                boolean fits = !otherName.equals(name) && other.shape().equals(weight.shape());
                if (fits && stages.contains(last)) {
                  all.add(weightOf(Set.of(last), otherName));
                }
                if (fits
                    && name.compareTo(otherName) < 0
                    && stages.contains(last)
                    && stages.contains(StageNames.last(otherName))) {
                  all.add(swapped(last, StageNames.last(otherName)));
                }
              });
        });
  }

  private static Variant swapped(String a, String b) {
    return new Variant(
        new OtherFunction.WeightsSwapped(a, b),
        Set.of(a, b),
        step -> {
          String other = step.last().equals(a) ? b : a;
          return step.withWeight(
              step.weightOf("layers." + step.stage().id().layer() + "." + other));
        });
  }

  private static Variant weightOf(Set<String> stages, String other) {
    return new Variant(
        new OtherFunction.WeightOf(other), stages, step -> step.withWeight(step.weightOf(other)));
  }

  /** Weights of another layer, in all stages or in one. */
  private void layers(Set<String> stages, int layer) {
    int layers =
        1 + replay.plan().stages().stream().mapToInt(stage -> stage.id().layer()).max().orElse(0);
    Set<String> numbered =
        stages.stream()
            .filter(last -> replay.plan().find("layers." + layer + "." + last).isPresent())
            .collect(Collectors.toSet());
    List<Set<String>> scopes = new ArrayList<>();
    numbered.forEach(stage -> scopes.add(Set.of(stage)));
    if (numbered.size() > 1) {
      scopes.add(0, numbered);
    }
    for (Set<String> scope : scopes) {
      for (int i = 0; i < layers && i < MOST_LAYERS; i++) {
        int other = i;
        if (i != layer) {
          all.add(
              new Variant(
                  new OtherFunction.LayerOf(other),
                  scope,
                  step -> step.withWeight(step.weightOf("layers." + other + "." + step.last()))));
        }
      }
    }
  }
}
