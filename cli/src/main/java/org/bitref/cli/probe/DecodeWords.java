package org.bitref.cli.probe;

import java.util.List;
import org.bitref.probe.Decoded.Open;
import org.bitref.probe.function.FunctionFinding;
import org.bitref.probe.function.FunctionFinding.Difference;

/** What decode found, in sentences. */
final class DecodeWords {
  private DecodeWords() {}

  /** What answers leave undecided, and what would decide it. */
  static String open(Open open) {
    return switch (open) {
      case Open.Stopped stopped ->
          "The search was stopped after %s million multiply-adds: %s were left."
              .formatted(stopped.multiplyAdds() >> 20, untried(stopped));
      case Open.Crowd(int recipes) ->
          recipes + " recipes give the answers that were looked at first: too many.";
      case Open.Functions(int functions) ->
          functions
              + " recipes that are different functions give every answer: the next round asks for"
              + " random products on which they differ.";
      case Open.Plain.NO_EPILOGUE ->
          "The outputs of one and two terms alone do not fit any known epilogue.";
      case Open.Plain.UNREADABLE ->
          "The cancellations cannot be read: the next round takes other sizes.";
      case Open.Plain.NO_RECIPE ->
          "No recipe of the grammar gives every answer: the next round asks more densely.";
    };
  }

  private static String untried(Open.Stopped stopped) {
    return switch (stopped.what()) {
      case ALL -> "all recipes";
      case SOME_ORDERS -> "some orders of sums";
      case ORDERS -> "%s of %s orders".formatted(stopped.left(), stopped.of());
      case SCREENED -> stopped.left() + " recipes that give the first answers";
      case CANDIDATES -> "%s of %s recipes".formatted(stopped.left(), stopped.of());
    };
  }

  /** What is known of a function, in one sentence. */
  static String sentence(FunctionFinding found) {
    return switch (found.verdict()) {
      case DECODED ->
          "%s; gives all %s results".formatted(found.recipe().orElseThrow(), found.total());
      case AMBIGUOUS ->
          "%s, or one of %s others that give all %s results as well; more or longer rows (--shape)"
                  .formatted(found.recipe().orElseThrow(), found.ties().size(), found.total())
              + " part them";
      case DIFFERS -> {
        List<String> all =
            found.differences().stream().map(one -> sentence(one, found.total())).toList();
        yield String.join("; ", all);
      }
    };
  }

  private static String sentence(Difference d, long total) {
    return "differs from %s%s at %s of %s inputs, first at %s: got %s, %s %s; at most %s ULP"
        .formatted(
            d.h100() ? "H100's table, " : "the nearest, ",
            d.from(),
            d.unequal(),
            total,
            d.first(),
            d.gotBits(),
            d.h100() ? "table" : "there",
            d.wantBits(),
            d.worstUlp() == Long.MAX_VALUE ? "infinitely many" : d.worstUlp());
  }
}
