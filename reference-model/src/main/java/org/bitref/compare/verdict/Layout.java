package org.bitref.compare.verdict;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.tensor.Shape;

/**
 * What the axes of a tensor are: always {@value #AXES} of them, row-major, those in front of length
 * 1 where there are fewer. What is more is folded into the first.
 *
 * @param layer of the model; empty where the name says none
 * @param axes what they count
 * @param lengths of the axes; their product is the number of elements
 */
record Layout(OptionalInt layer, List<Axis> axes, List<Integer> lengths) {
  static final int AXES = 4;

  /** More than any model has. */
  private static final int MOST_HEADS = 128;

  private static final Pattern LAYER = Pattern.compile("(?:kv|layers)\\.(\\d{1,6})\\..*");
  private static final Pattern HEADS_FIRST =
      Pattern.compile("kv\\.\\d+\\.[kv]|layers\\.\\d+\\.[qk]_rope");
  private static final Pattern TOKENS_FIRST = Pattern.compile("layers\\.\\d+\\.[qk]_norm");
  private static final Pattern EXPERTS = Pattern.compile("layers\\.\\d+\\.expert_.*");
  private static final Pattern HEADS_IN_CHANNELS =
      Pattern.compile("layers\\.\\d+\\.([qkv]_proj|attn_out)");
  private static final Pattern KNOWN =
      Pattern.compile(
          "(kv|layers|deepstack|rope)\\..*|logits|inputs_embeds|final_norm|visual_embeds");

  Layout {
    axes = List.copyOf(axes);
    lengths = List.copyOf(lengths);
  }

  /**
   * @param name of the stage
   */
  static Layout of(String name, Shape shape, KnownLengths known) {
    List<Long> dims = new ArrayList<>(Arrays.stream(shape.dims()).boxed().toList());
    List<Axis> axes = new ArrayList<>(names(name, dims.size()));
    if (isExchanged(axes, dims, known.tokens())) {
      Collections.swap(axes, axes.size() - 3, axes.size() - 2);
    }
    boolean heads = HEADS_IN_CHANNELS.matcher(name).matches();
    if (heads && known.headLength().isPresent() && !dims.isEmpty()) {
      long channels = dims.getLast();
      long head = known.headLength().getAsInt();
      if (head > 0 && channels > head && channels % head == 0) {
        dims.set(dims.size() - 1, channels / head);
        dims.add(head);
        axes.set(axes.size() - 1, Axis.HEAD);
        axes.add(Axis.CHANNEL);
      }
    }
    while (dims.size() < AXES) {
      dims.addFirst(1L);
      axes.addFirst(Axis.BATCH);
    }
    while (dims.size() > AXES) {
      dims.set(1, dims.removeFirst() * dims.getFirst());
      axes.removeFirst();
    }
    Matcher layer = LAYER.matcher(name);
    return new Layout(
        layer.matches() ? OptionalInt.of(Integer.parseInt(layer.group(1))) : OptionalInt.empty(),
        axes,
        dims.stream().map(Math::toIntExact).toList());
  }

  /**
   * True if heads and tokens stand the other way round than the plan has them: by the number of
   * tokens, or as there are more heads than any model has.
   */
  private static boolean isExchanged(List<Axis> axes, List<Long> dims, OptionalInt tokens) {
    int head = axes.indexOf(Axis.HEAD);
    int token = axes.indexOf(Axis.TOKEN);
    if (head < 0 || token < 0) {
      return false;
    }
    if (tokens.isPresent() && dims.get(head) != dims.get(token).longValue()) {
      return dims.get(head) == tokens.getAsInt();
    }
    return dims.get(head) > MOST_HEADS && dims.get(token) <= MOST_HEADS;
  }

  private static List<Axis> names(String name, int rank) {
    List<Axis> last = last(name, rank);
    List<Axis> names = new ArrayList<>(last.subList(Math.max(0, last.size() - rank), last.size()));
    while (names.size() < rank) {
      names.addFirst(Axis.BATCH);
    }
    return names;
  }

  private static List<Axis> last(String name, int rank) {
    if (HEADS_FIRST.matcher(name).matches()) {
      return List.of(Axis.HEAD, Axis.TOKEN, Axis.CHANNEL);
    }
    if (rank > 2 && TOKENS_FIRST.matcher(name).matches()) {
      return List.of(Axis.TOKEN, Axis.HEAD, Axis.CHANNEL);
    }
    if (rank > 2 && EXPERTS.matcher(name).matches()) {
      return List.of(Axis.TOKEN, Axis.EXPERT, Axis.CHANNEL);
    }
    return KNOWN.matcher(name).matches()
        ? List.of(Axis.TOKEN, Axis.CHANNEL)
        : List.of(Axis.ROW, Axis.COLUMN);
  }

  int length(int axis) {
    return lengths.get(axis);
  }

  Axis axis(int i) {
    return axes.get(i);
  }

  long elements() {
    return lengths.stream().mapToLong(Integer::longValue).reduce(1, (x, y) -> x * y);
  }

  /** The distance of two neighbours on an axis in memory. */
  long stride(int axis) {
    long stride = 1;
    for (int i = axis + 1; i < AXES; i++) {
      stride *= lengths.get(i);
    }
    return stride;
  }

  /** The axis of heads; empty if there is none. */
  OptionalInt heads() {
    int at = axes.indexOf(Axis.HEAD);
    return at < 0 ? OptionalInt.empty() : OptionalInt.of(at);
  }
}
