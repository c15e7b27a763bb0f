package org.bitref.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.model.Stage;
import org.bitref.operation.OperationKind;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * Which columns of stages a case keeps. Only those of products with a weight are left out, and of
 * element-wise stages and heads behind them: a norm needs whole rows, and so does a product of its
 * input. Of heads whole ones are kept, and with a key head all query heads that read it.
 */
final class KeptColumns {
  private static final List<String> QUERIES = List.of("q_proj", "q_norm", "q_rope");
  private static final List<String> STREAM =
      List.of("input_hidden", "input_ln", "post_attn_hidden", "post_attn_ln", "hidden");
  private static final List<String> KEYS = List.of("k_proj", "k_norm", "k_rope");

  private final Capture capture;
  private final CaseNeeds needs;
  private final int most;
  private final Map<String, int[]> kept = new LinkedHashMap<>();
  private final Map<String, Integer> widths = new LinkedHashMap<>();

  private KeptColumns(Capture capture, CaseNeeds needs, int most) {
    this.capture = capture;
    this.needs = needs;
    this.most = most;
  }

  /** All columns. */
  static KeptColumns all(Capture capture, CaseNeeds needs) {
    return new KeptColumns(capture, needs, Integer.MAX_VALUE);
  }

  /**
   * About {@code most} columns of each product.
   *
   * @param most at least 1; of queries there may be as many times more as query heads share a key
   */
  static KeptColumns of(Capture capture, CaseNeeds needs, int most) {
    KeptColumns columns = new KeptColumns(capture, needs, most);
    columns.group(List.of("logits"), List.of());
    for (int layer : Selection.layers(needs.stages())) {
      String at = "layers." + layer + ".";
      columns.group(List.of(at + "o_proj"), named(at, STREAM));
      columns.group(List.of(at + "mlp_down"), named(at, STREAM));
      List<String> gates =
          new ArrayList<>(List.of(at + "gate_proj", at + "up_proj", at + "mlp_act"));
      if (!needs.computes(at + "mlp_down")) {
        gates.add(at + "mlp_mul");
      }
      columns.group(gates, List.of(at + "mlp_mul"));
      columns.heads(layer);
    }
    return columns;
  }

  /** Which columns of a stage's rows are kept; empty for all. */
  Optional<int[]> of(String stage) {
    return Optional.ofNullable(kept.get(stage));
  }

  /** The columns that a stage has before. */
  int width(String stage) {
    return widths.get(stage);
  }

  /** The stages of which some are kept. */
  Set<String> stages() {
    return kept.keySet();
  }

  /** The first columns and the last, as tiles at the edge may be computed in another way. */
  private void group(List<String> stages, List<String> with) {
    Optional<Integer> width = width(stages);
    if (isProduct(stages) && isWhole(stages, width, with) && width.get() > most) {
      int first = most / 2;
      int behind = width.get() - most;
      int[] at = IntStream.range(0, most).map(i -> i < first ? i : i + behind).toArray();
      keep(stages, width.get(), at);
    }
  }

  /**
   * Stages that are less wide than their weights or than what they are computed with were sampled
   * already: they stay so, unless the capture says which columns they hold.
   */
  private boolean isWhole(List<String> stages, Optional<Integer> width, List<String> with) {
    boolean fit =
        stages.stream()
            .flatMap(stage -> any().weights().apply(stage).stream())
            .filter(weight -> weight.shape().rank() == 2)
            .allMatch(weight -> width.filter(n -> n == weight.shape().dim(0)).isPresent());
    boolean said = stages.stream().anyMatch(stage -> capture.columns(stage).isPresent());
    return width.isPresent() && fit && (said || areAsWide(with, width.get()));
  }

  private boolean areAsWide(List<String> stages, int width) {
    return capture.systems().stream()
        .allMatch(
            system ->
                stages.stream()
                    .flatMap(stage -> system.find(stage).map(one -> width(stage, one)).stream())
                    .allMatch(other -> other == width));
  }

  /** Weights are those of all systems. */
  private CapturedSystem any() {
    return capture.systems().getFirst();
  }

  /** True if one of the stages is computed again as a product: its weight is what is large. */
  private boolean isProduct(List<String> stages) {
    return stages.stream()
        .filter(needs::computes)
        .filter(stage -> capture.plan().find(stage).orElseThrow().kind() == OperationKind.PRODUCT)
        .anyMatch(stage -> any().weights().apply(stage).isPresent());
  }

  private void heads(int layer) {
    String at = "layers." + layer + ".";
    List<String> q = named(at, QUERIES);
    List<String> k = new ArrayList<>(named(at, KEYS));
    k.add("kv." + layer + ".k");
    List<String> v = List.of(at + "v_proj", "kv." + layer + ".v");
    List<String> all = Stream.of(q, k, v).flatMap(List::stream).toList();
    if (!isProduct(all)) {
      return;
    }
    Optional<Integer> d = headDim(layer, all);
    if (d.isEmpty()) {
      List.of(q, k, v).forEach(stages -> group(stages, List.of()));
      return;
    }
    Optional<Integer> queries = width(q);
    boolean whole =
        (queries.isEmpty() || isWhole(q, queries, List.of(at + "attn_out")))
            && Stream.of(k, v)
                .allMatch(one -> width(one).isEmpty() || isWhole(one, width(one), List.of()));
    if (!whole) {
      return;
    }
    Optional<Integer> keys = width(k).or(() -> width(v));
    int groups = queries.orElse(1) / keys.or(() -> queries).orElse(1);
    int heads = Math.ceilDiv(most, d.get());
    keepHeads(q, queries, Math.multiplyExact(heads, Math.max(1, groups) * d.get()));
    keepHeads(k, width(k), heads * d.get());
    keepHeads(v, width(v), heads * d.get());
  }

  private void keepHeads(List<String> stages, Optional<Integer> width, int n) {
    if (width.isPresent() && n < width.get()) {
      keep(stages, width.get(), IntStream.range(0, n).toArray());
    }
  }

  private static List<String> named(String layer, List<String> stages) {
    return stages.stream().map(stage -> layer + stage).toList();
  }

  private void keep(List<String> stages, int width, int[] at) {
    for (String stage : stages) {
      kept.put(stage, at);
      widths.put(stage, width);
    }
  }

  /** Told by a stage with heads, by the weight of a norm over one, or by a rotary table. */
  private Optional<Integer> headDim(int layer, List<String> stages) {
    Set<Integer> lengths = new TreeSet<>();
    for (CapturedSystem system : capture.systems()) {
      stages.stream()
          .flatMap(stage -> system.find(stage).stream())
          .filter(tensor -> tensor.shape().rank() == 4)
          .forEach(tensor -> lengths.add(tensor.shape().intDim(3)));
      system.find("rope.cos").ifPresent(table -> lengths.add(table.shape().intDim(-1)));
      for (String norm : List.of("q_norm", "k_norm")) {
        system
            .weights()
            .apply("layers." + layer + "." + norm)
            .ifPresent(weight -> lengths.add(Math.toIntExact(weight.elements())));
      }
    }
    return lengths.size() == 1 ? Optional.of(lengths.iterator().next()) : Optional.empty();
  }

  /** The columns of stages, in a row; empty if no system has any, or they do not agree. */
  private Optional<Integer> width(List<String> stages) {
    Set<Integer> found = new TreeSet<>();
    for (CapturedSystem system : capture.systems()) {
      for (String stage : stages) {
        system.find(stage).ifPresent(tensor -> found.add(width(stage, tensor)));
      }
    }
    return found.size() == 1 ? Optional.of(found.iterator().next()) : Optional.empty();
  }

  private int width(String name, Tensor tensor) {
    Stage stage = capture.plan().find(name).orElseThrow();
    Shape shape = tensor.shape();
    return shape.rank() == 4 && stage.axes().size() == 4
        ? shape.intDim(3 - stage.tokenAxis()) * shape.intDim(3)
        : shape.rank() == 0 ? 1 : shape.intDim(-1);
  }

  /** The kept columns of a stage's tensor. */
  Tensor cut(String name, Tensor tensor) {
    Optional<int[]> at = of(name);
    if (at.isEmpty()) {
      return tensor;
    }
    Stage stage = capture.plan().find(name).orElseThrow();
    if (tensor.shape().rank() < 4) {
      return Picked.of(tensor, tensor.shape().rank() - 1, at.get());
    }
    int d = tensor.shape().intDim(3);
    int[] heads = Arrays.stream(at.get()).filter(place -> place % d == 0).map(p -> p / d).toArray();
    return Picked.of(tensor, 3 - stage.tokenAxis(), heads);
  }
}
