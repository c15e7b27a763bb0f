package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bitref.cli.console.Numbers;
import org.bitref.explain.Overflow;
import org.bitref.explain.Overflow.Crossing;
import org.bitref.explain.Overflow.Held;
import org.bitref.explain.Overflow.Term;
import org.bitref.numerics.Format;
import org.bitref.tensor.DType;

/** Which value a type could not hold, why, and what would. */
final class OverflowWords {
  private OverflowWords() {}

  /**
   * In one sentence.
   *
   * @param dtype of the stage
   */
  static String of(DType dtype, Overflow overflow) {
    String held = held(overflow);
    return ("%s not finite though its inputs are: element %s (token %s, channel %s) is %s where %s"
            + " is due (%s), from inputs up to %s: %s%s")
        .formatted(
            overflow.count() == 1 ? "one value is" : overflow.count() + " values are",
            overflow.at(),
            overflow.token(),
            overflow.channel(),
            overflow.value(),
            Numbers.brief(overflow.due()),
            limit(dtype.format().orElseThrow()),
            Numbers.brief(overflow.operand()),
            crossing(overflow),
            held.isEmpty() ? "" : "; " + held + " would hold it");
  }

  private static String limit(Format format) {
    return format + " holds up to " + Numbers.brief(format.maxFinite());
  }

  private static String crossing(Overflow overflow) {
    return switch (overflow.crossing()) {
      case Crossing.Result(var format, var operands, var term) ->
          "the exact result%s lies beyond what %s holds%s"
              .formatted(
                  operands.isEmpty()
                      ? ""
                      : " of "
                          + operands.stream()
                              .map(Numbers::brief)
                              .collect(Collectors.joining(" and ")),
                  format,
                  term.map(t -> ", and the sum of its terms from " + at(t, " on")).orElse(""));
      case Crossing.PartialSum(var format, var term) ->
          "the exact result lies within that, but the sum so far passes what %s holds at %s"
              .formatted(format, at(term, ""));
      case Crossing.OtherOrder(var format, var positive, var negative) ->
          ("no sum of its first terms passes what %s holds, but the terms above zero add up to %s"
                  + " and those below to %s: in another order it does")
              .formatted(format, Numbers.brief(positive), Numbers.brief(negative));
      case Crossing.Score score ->
          ("the product of query %s and key %s is %s before its scale of %s, and passes what %s"
                  + " holds at %s")
              .formatted(
                  overflow.token(),
                  score.key(),
                  Numbers.brief(score.score()),
                  Numbers.brief(score.scale()),
                  score.format(),
                  at(score.term(), ""));
      case Crossing.Unknown _ -> "no product or sum that it is made of passes that";
    };
  }

  private static String at(Term term, String on) {
    return "index %s%s (%s times %s), where it is %s"
        .formatted(
            term.index(),
            on,
            Numbers.brief(term.x()),
            Numbers.brief(term.w()),
            Numbers.brief(term.sum()));
  }

  /** What holds it, as nouns; empty if nothing is known. */
  private static String held(Overflow overflow) {
    boolean score = overflow.crossing() instanceof Crossing.Score;
    List<String> what = new ArrayList<>();
    Held held = overflow.held();
    if (!held.types().isEmpty()) {
      String types = held.types().stream().map(DType::name).collect(Collectors.joining(" or "));
      what.add("an output in " + types);
    }
    if (held.float32Sums()) {
      what.add(score ? "scores in float32" : "sums in float32");
    }
    held.scale()
        .ifPresent(
            scale ->
                what.add(
                    score ? "the scale before the product" : "a scale of " + Numbers.exact(scale)));
    return String.join(", or ", what);
  }

  /** What to change; empty if nothing is known to help. */
  static Optional<String> advice(Overflow overflow) {
    return Optional.of(held(overflow)).filter(held -> !held.isEmpty());
  }

  static Map<String, Object> json(DType dtype, Overflow overflow) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("count", overflow.count());
    json.put("at", overflow.at());
    json.put("token", overflow.token());
    json.put("channel", overflow.channel());
    json.put("value", overflow.value());
    json.put("due", overflow.due());
    json.put("limit", dtype.format().orElseThrow().maxFinite());
    json.put("operand", overflow.operand());
    json.put("crossing", crossing(overflow.crossing()));
    json.put("held", held(overflow.held()));
    return json;
  }

  private static Map<String, Object> crossing(Crossing crossing) {
    Map<String, Object> json = new LinkedHashMap<>();
    switch (crossing) {
      case Crossing.Result(var format, var operands, var term) -> {
        kind(json, "result", format);
        json.put("operands", operands);
        json.put("term", term);
      }
      case Crossing.PartialSum(var format, var term) -> {
        kind(json, "partial-sum", format);
        json.put("term", term);
      }
      case Crossing.OtherOrder(var format, var positive, var negative) -> {
        kind(json, "other-order", format);
        json.put("positive", positive);
        json.put("negative", negative);
      }
      case Crossing.Score(var format, var key, var score, var scale, var term) -> {
        kind(json, "score", format);
        json.put("key", key);
        json.put("score", score);
        json.put("scale", scale);
        json.put("term", term);
      }
      case Crossing.Unknown() -> json.put("kind", "unknown");
    }
    return json;
  }

  private static void kind(Map<String, Object> json, String kind, Format format) {
    json.put("kind", kind);
    json.put("format", format.name());
  }

  private static Map<String, Object> held(Held held) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("types", held.types().stream().map(DType::name).toList());
    json.put("scale", held.scale());
    json.put("float32_sums", held.float32Sums());
    return json;
  }
}
