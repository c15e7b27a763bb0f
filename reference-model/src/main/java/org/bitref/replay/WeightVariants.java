package org.bitref.replay;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bitref.diagnose.OtherFunction;
import org.bitref.model.Stage;
import org.bitref.model.StageNames;
import org.bitref.operation.OperationKind;
import org.bitref.tensor.Tensor;

/** Weights of other stages and layers. */
final class WeightVariants {
  /** Other layers whose weights are tried. */
  private static final int MOST_LAYERS = 8;

  private final Replay replay;
  private final Set<Stage> open;
  private final List<Variant> all = new ArrayList<>();

  private WeightVariants(Replay replay, Set<Stage> open) {
    this.replay = replay;
    this.open = open;
  }

  /**
   * @param open the stages that are computed
   * @param stages last parts of the names of those with a weight
   */
  static List<Variant> of(Replay replay, Set<Stage> open, Set<String> stages) {
    WeightVariants variants = new WeightVariants(replay, open);
    variants.weights(stages);
    return variants.all;
  }

  private void weights(Set<String> stages) {
    Map<String, Tensor> own = new LinkedHashMap<>();
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
    fused(stages, layer, List.of("gate_proj", "up_proj"));
    fused(stages, layer, List.of("k_proj", "v_proj"));
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

  /** Two weights of one size as parts of one matrix that was taken apart otherwise. */
  private void fused(Set<String> stages, int layer, List<String> pair) {
    Set<String> here = pair.stream().filter(stages::contains).collect(Collectors.toSet());
    Optional<Integer> d =
        open.stream()
            .filter(stage -> here.contains(StageNames.last(stage.id().name())))
            .map(replay::headDim)
            .findFirst();
    Optional<Tensor> a = weight("layers." + layer + "." + pair.get(0));
    Optional<Tensor> b = weight("layers." + layer + "." + pair.get(1));
    if (d.isEmpty() || a.isEmpty() || b.isEmpty() || !a.get().shape().equals(b.get().shape())) {
      return;
    }
    int height = a.get().shape().intDim(0);
    for (int rows : height % d.get() == 0 ? List.of(1, d.get()) : List.of(1)) {
      for (boolean dealt : List.of(true, false)) {
        OtherFunction name =
            new OtherFunction.FusedOtherwise(pair.get(0), pair.get(1), rows, dealt);
        all.add(
            new Variant(
                name,
                here,
                step -> {
                  String of = "layers." + step.stage().id().layer() + ".";
                  Matrix first = step.weightOf(of + pair.get(0));
                  Matrix second = step.weightOf(of + pair.get(1));
                  boolean upper = step.last().equals(pair.get(0));
                  return step.withWeight(
                      dealt
                          ? first.above(second).inTurn(rows, upper ? 0 : 1)
                          : first.inTurnWith(second, rows).half(upper ? 0 : 1));
                }));
      }
    }
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
