package org.bitref.cli.words;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bitref.cli.console.Numbers;
import org.bitref.diagnose.OtherFunction;
import org.bitref.kernel.row.Frequencies;
import org.bitref.search.SimpleNumber;

/** What a system computes in place of the model's function, in words. */
public final class FunctionWords {
  private static final int MOST_HEADS = 8;

  private FunctionWords() {}

  /** All changes, without a full stop; "the model's function" if there are none. */
  public static String of(Set<OtherFunction> functions) {
    return functions.isEmpty()
        ? "the model's function"
        : functions.stream().map(FunctionWords::of).sorted().collect(Collectors.joining(", "));
  }

  private static String of(OtherFunction function) {
    return switch (function) {
      case OtherFunction.Epsilon(double used, double model) ->
          "epsilon %s instead of %s".formatted(number(used), number(model));
      case OtherFunction.EpsilonOutside(double used, double model) ->
          "epsilon %s outside the root instead of %s inside".formatted(number(used), number(model));
      case OtherFunction.Chunks(int tokens) ->
          "attention only inside chunks of " + Numbers.count(tokens, "token");
      case OtherFunction.Sections(List<Integer> used, var axes) ->
          "rotary sections %s%s"
              .formatted(
                  used.stream().map(String::valueOf).collect(Collectors.joining(", ")),
                  axes == Frequencies.Axes.BLOCKS ? " in blocks" : " interleaved");
      case OtherFunction.Frequencies(double least, double most, int changed, double size) ->
          "rotary frequencies %s to %s times the model's (%s of them changed)%s"
              .formatted(
                  number(least),
                  number(most),
                  changed,
                  size == 1
                      ? ""
                      : " and cosines and sines times %s, as YaRN has both"
                          .formatted(figure(size)));
      case OtherFunction.Heads(List<Integer> queries, List<Integer> keys) ->
          "heads computed from the query heads %s and the key heads %s"
              .formatted(heads(queries), heads(keys));
      case OtherFunction.TokenIds(int token, long used, long given, int count) ->
          "other token ids than input_ids in %s: token %s is %s instead of %s"
              .formatted(Numbers.count(count, "place"), token, used, given);
      case OtherFunction.QueryHeads(List<Integer> order) ->
          "query heads in the order " + heads(order);
      case OtherFunction.WeightElement(int row, int column, double used, double model) ->
          "one element of its weight, row %s column %s, is %s instead of %s"
              .formatted(row, column, figure(used), figure(model));
      case OtherFunction.LowRank(int rank) ->
          "its result off by a matrix of rank %s, as a low-rank change of its weight (LoRA) gives"
              .formatted(rank);
      case OtherFunction.Held held -> held(held);
      case OtherFunction.Sink(double term) ->
          "an attention sink: a term of %s more in the softmax's denominator"
              .formatted(figure(term));
      case OtherFunction.WeakMask(double added) ->
          "a mask that adds %s instead of minus infinity".formatted(figure(added));
      case OtherFunction.LessByDistance(double slope) ->
          "scores less by %s for each token that the key is farther (ALiBi)"
              .formatted(figure(slope));
      case OtherFunction.NormWeight norm -> norm(norm);
      case OtherFunction.NormWeightMoved(int by) ->
          "the norm's weight moved by %s: channel %s has the element of channel 0"
              .formatted(Numbers.count(by, "channel"), by);
      case OtherFunction.ScoresClamped(double at) -> "scores cut off at " + number(at);
      case OtherFunction.BlindToTheFirst(int keys) -> "the first %s keys masked".formatted(keys);
      case OtherFunction.WindowBesideTheFirst(int keys, int first) ->
          "a sliding window of %s beside the first %s".formatted(Numbers.count(keys, "key"), first);
      case OtherFunction.Scaled(double factor) -> "its result times " + number(factor);
      case OtherFunction.TermScaled(double factor) ->
          "the second term of its sum times " + number(factor);
      case OtherFunction.InputClamped(double at) -> "its input cut off at " + figure(at);
      case OtherFunction.InputCapped(double most) -> "its input cut off above " + figure(most);
      case OtherFunction.Swish(double slope) ->
          "x times the sigmoid of %s x instead of SiLU".formatted(number(slope));
      case OtherFunction.Window(int keys) -> "a sliding window of " + Numbers.count(keys, "key");
      case OtherFunction.Bias bias ->
          "a constant in each of %s, as a bias adds it"
              .formatted(Numbers.count(bias.columns(), "column"));
      case OtherFunction.Rotary rotary -> rotary(rotary);
      case OtherFunction.In(OtherFunction what, Set<String> stages) ->
          of(what) + " (in " + stages.stream().sorted().collect(Collectors.joining(", ")) + ")";
      case OtherFunction.Scale(double used, double model) ->
          "scores times %s instead of %s (%s times as much)"
              .formatted(figure(used), figure(model), figure(used / model));
      case OtherFunction.Softcap(double cap) -> "scores capped softly at " + number(cap);
      case OtherFunction.WeightOf(String stage) -> "the weight of " + stage;
      case OtherFunction.FusedOtherwise(String a, String b, int rows, boolean dealt) ->
          "the rows of %s and %s %s, %s at a time"
              .formatted(
                  a,
                  b,
                  dealt
                      ? "taken in turn from one weight that has one above the other"
                      : "cut in the middle of one weight that has them in turn",
                  rows);
      case OtherFunction.LeakyRelu(double slope) ->
          "a leaky ReLU of slope %s instead of SiLU".formatted(figure(slope));
      case OtherFunction.FeaturesTogether(List<String> used) ->
          "the visual features %s added together".formatted(String.join(", ", used));
      case OtherFunction.VisualScaled(double factor) ->
          "the embeddings of visual tokens times " + figure(factor);
      case OtherFunction.LayerOf(int layer) -> "weights of layer " + layer;
      case OtherFunction.WeightsSwapped(String a, String b) ->
          "the weights of %s and %s exchanged".formatted(a, b);
      case OtherFunction.InputOf(String stage) -> "its result computed from " + stage;
      case OtherFunction.PartlyRotated(double share) ->
          "only %s of each head rotated".formatted(number(share));
      case OtherFunction.PositionsScaled(double factor) -> "positions times " + number(factor);
      case OtherFunction.Positions(int token, var used, var ids) ->
          "other positions than position_ids: token %s is at %s instead of %s"
              .formatted(token, positions(used), positions(ids));
      case OtherFunction.Feature(String used) ->
          "the visual feature %s added, which the model does not add here".formatted(used);
      case OtherFunction.Clamped(double at) -> "results cut off at " + number(at);
      case OtherFunction.Narrowed(var operand, var grid) ->
          "its %s %s %s"
              .formatted(
                  operand.name().toLowerCase(Locale.ROOT),
                  operand == OtherFunction.Operand.WEIGHT ? "quantised to" : "in",
                  grid(grid));
      case OtherFunction.Known known -> KnownFunctionWords.of(known);
    };
  }

  private static String norm(OtherFunction.NormWeight norm) {
    return norm.count() == 1
        ? "one element of the norm's weight, channel %s, is %s instead of %s"
            .formatted(norm.channel(), figure(norm.used()), figure(norm.model()))
        : "another weight of the norm in %s of %s channels: channel %s has %s instead of %s"
            .formatted(
                norm.count(),
                norm.all(),
                norm.channel(),
                figure(norm.used()),
                figure(norm.model()));
  }

  private static String held(OtherFunction.Held held) {
    String where =
        held.heads() == held.all() ? "" : " in %s of %s heads".formatted(held.heads(), held.all());
    return "%s from token %s%s %s %s"
        .formatted(
            Numbers.count(held.tokens(), "token"),
            held.token(),
            where,
            held.tokens() == 1 ? "holds" : "hold",
            held.source()
                .map(token -> "values of others: the first those of token " + token)
                .orElse("zeros"));
  }

  /** All of them if they are few. */
  private static String heads(List<Integer> heads) {
    String first =
        heads.stream().limit(MOST_HEADS).map(String::valueOf).collect(Collectors.joining(" "));
    return heads.size() > MOST_HEADS ? first + " ..." : first;
  }

  private static String positions(List<Double> positions) {
    return positions.stream()
        .map(FunctionWords::number)
        .collect(Collectors.joining(", ", "(", ")"));
  }

  private static String grid(OtherFunction.Grid grid) {
    return switch (grid) {
      case E4M3 -> "float8 E4M3";
      case E5M2 -> "float8 E5M2";
      case E4M3_SCALED -> "float8 E4M3 with one scale";
      case INT8_BY_ROW -> "8-bit integers by row";
      case INT4_BY_ROW -> "4-bit integers by row";
      case INT4_BY_32 -> "4-bit integers in groups of 32";
      case E4M3_BY_ROW -> "float8 E4M3 with a scale of each row";
      case INT4_BY_64 -> "4-bit integers in groups of 64";
      case INT4_BY_128 -> "4-bit integers in groups of 128";
      case INT8_BY_TENSOR -> "8-bit integers with one step";
      case INT4_ZERO_BY_32 -> "4-bit integers with a zero point in groups of 32";
      case INT4_ZERO_BY_64 -> "4-bit integers with a zero point in groups of 64";
      case INT4_ZERO_BY_128 -> "4-bit integers with a zero point in groups of 128";
      case E4M3_BY_BLOCK -> "float8 E4M3 with a scale of each block of 128";
      case MXFP4 -> "MXFP4 (float4 in groups of 32)";
      case NF4_BY_64 -> "NF4 in groups of 64";
    };
  }

  private static String rotary(OtherFunction.Rotary rotary) {
    String base =
        rotary.base() == rotary.model()
            ? ""
            : "rotary base %s instead of %s"
                .formatted(number(rotary.base()), number(rotary.model()));
    String axes =
        switch (rotary.axes()) {
          case INTERLEAVED -> "";
          case BLOCKS -> "position axes in blocks instead of interleaved";
          case TEMPORAL -> "the first position axis alone instead of three";
        };
    String late =
        rotary.late() == 0
            ? ""
            : "positions %s %s than position_ids"
                .formatted(Math.abs(rotary.late()), rotary.late() > 0 ? "more" : "less");
    return Stream.of(base, axes, late)
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining(", "));
  }

  /** Three digits. */
  private static String figure(double value) {
    return number(SimpleNumber.rounded(value, 3));
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? String.valueOf((long) value)
        : String.valueOf(value).replace(".0E", "e").replace('E', 'e');
  }
}
