package org.bitref.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.model.Size;
import org.bitref.model.Stage;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** Which tokens of each sequence a case keeps. */
final class KeptRows {
  private final Capture capture;
  private final int tokens;
  private final Optional<int[]> at;
  private final Set<String> unsampled = new TreeSet<>();

  private KeptRows(Capture capture, int tokens, Optional<int[]> at) {
    this.capture = capture;
    this.tokens = tokens;
    this.at = at;
  }

  /**
   * @param rows places in the captured tokens, from 0 on; all if empty
   */
  static KeptRows of(Capture capture, Optional<List<Integer>> rows) {
    int tokens = tokens(capture);
    return new KeptRows(
        capture,
        tokens,
        rows.map(list -> list.stream().mapToInt(Integer::intValue).toArray())
            .filter(list -> list.length < tokens));
  }

  /** Tokens of each sequence that were captured; 0 if nothing tells. */
  static int tokens(Capture capture) {
    for (CapturedSystem system : capture.systems()) {
      for (String name : capture.plan().inOrder(system.stages().keySet())) {
        Stage stage = capture.plan().find(name).orElseThrow();
        Shape shape = system.get(name).shape();
        boolean tells = !name.equals("logits") && !stage.axes().contains(Size.CACHED);
        if (tells && shape.rank() == stage.axes().size()) {
          return shape.intDim(stage.tokenAxis());
        }
      }
    }
    return 0;
  }

  /** What is kept of how many. */
  PackedCase.Kept kept() {
    return new PackedCase.Kept(at.map(rows -> rows.length).orElse(tokens), tokens);
  }

  /** True if some tokens are left out that stand before others. */
  boolean isSample() {
    return at.map(rows -> rows[rows.length - 1] >= rows.length).orElse(false);
  }

  /** Names of tensors that stay whole, as they do not hold as many tokens. */
  List<String> unsampled() {
    return List.copyOf(unsampled);
  }

  /** The kept tokens of a stage. */
  Tensor cut(String name, String stage, Tensor tensor) {
    Stage planned = capture.plan().find(stage).orElseThrow();
    int axis = planned.tokenAxis();
    boolean whole = axis >= 0 && tensor.shape().rank() == planned.axes().size();
    return whole
        ? cut(name, tensor, axis, planned.axes().contains(Size.CACHED))
        : asIs(name, tensor);
  }

  /** The kept tokens of what stands along an axis. */
  private Tensor cut(String name, Tensor tensor, int axis, boolean behindPast) {
    int past = tensor.shape().intDim(axis) - tokens;
    if (at.isPresent() && (past == 0 || (past > 0 && behindPast))) {
      IntStream before = IntStream.range(0, past);
      IntStream those = IntStream.of(at.get()).map(row -> row + past);
      return Picked.of(tensor, axis, IntStream.concat(before, those).toArray());
    }
    return asIs(name, tensor);
  }

  private Tensor asIs(String name, Tensor tensor) {
    if (at.isPresent()) {
      unsampled.add(name);
    }
    return tensor;
  }

  /** The kept tokens of a tensor of the prompt. */
  Tensor cutExtra(String name, String extra, Tensor tensor) {
    if (at.isEmpty() || tensor.shape().rank() == 0) {
      return tensor;
    }
    return switch (extra) {
      case "input_ids", "visual_mask" -> cut(name, tensor, tensor.shape().rank() - 1, false);
      case "attention_mask" -> cut(name, tensor, tensor.shape().rank() - 1, true);
      case "position_ids" -> positions(name, tensor);
      default ->
          extra.startsWith("deepstack.") || extra.equals("visual_embeds")
              ? features(name, tensor)
              : tensor;
    };
  }

  /** Of a longer prompt those that its {@code rows} name. */
  private Tensor positions(String name, Tensor ids) {
    int axis = ids.shape().rank() - 1;
    int length = ids.shape().intDim(axis);
    int[] rows = places();
    boolean longer = length > tokens && capture.extra("rows").isPresent();
    return longer && IntStream.of(rows).allMatch(row -> row < length)
        ? Picked.of(ids, axis, rows)
        : cut(name, ids, axis, false);
  }

  /** Features stand in the order of visual tokens. */
  private Tensor features(String name, Tensor tensor) {
    Optional<Tensor> mask =
        capture
            .extra("visual_mask")
            .filter(one -> !one.dtype().isFloat() && tokens > 0 && one.elements() % tokens == 0);
    long visual = mask.map(one -> count(one, one.elements())).orElse(-1L);
    if (visual != tensor.shape().dim(0)) {
      return asIs(name, tensor);
    }
    List<Integer> kept = new ArrayList<>();
    for (long start = 0; start < mask.get().elements(); start += tokens) {
      for (int row : at.orElseThrow()) {
        if (mask.get().getLong(start + row) != 0) {
          kept.add(Math.toIntExact(count(mask.get(), start + row)));
        }
      }
    }
    return Picked.of(tensor, 0, kept.stream().mapToInt(Integer::intValue).toArray());
  }

  private static long count(Tensor mask, long before) {
    return LongStream.range(0, before).filter(i -> mask.getLong(i) != 0).count();
  }

  /** Where the kept tokens stand in the prompt. */
  int[] places() {
    int[] rows = at.orElseGet(() -> IntStream.range(0, tokens).toArray());
    return capture
        .extra("rows")
        .filter(known -> !known.dtype().isFloat() && known.elements() == tokens)
        .map(known -> IntStream.of(rows).map(row -> Math.toIntExact(known.getLong(row))).toArray())
        .orElse(rows);
  }

  /** {@link #places} as a tensor, where not all tokens of the prompt are there. */
  Optional<Tensor> rows() {
    if (at.isEmpty()) {
      return capture.extra("rows");
    }
    int[] places = places();
    long[] numbers = IntStream.of(places).asLongStream().toArray();
    return Optional.of(Tensor.ofLongs(Shape.of(numbers.length), numbers));
  }

  /** Rows of an operand [.., tokens, K] that are kept, for its scales. */
  Optional<List<Integer>> lines(long all) {
    if (at.isEmpty() || tokens == 0 || all % tokens != 0) {
      return Optional.empty();
    }
    List<Integer> lines = new ArrayList<>();
    for (int start = 0; start < all; start += tokens) {
      for (int row : at.get()) {
        lines.add(start + row);
      }
    }
    return Optional.of(lines);
  }
}
