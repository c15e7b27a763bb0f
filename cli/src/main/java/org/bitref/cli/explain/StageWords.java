package org.bitref.cli.explain;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.words.DamageWords;
import org.bitref.cli.words.FunctionWords;
import org.bitref.explain.Gap;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Finding;
import org.bitref.explain.SystemStage.Status;
import org.bitref.model.StageNames;
import org.bitref.replay.Replayed;
import org.bitref.search.Identification;

/** What is known of stages, in words. */
public final class StageWords {
  private static final int MOST_NAMED = 3;
  private static final Set<String> HALVING = Set.of("attn_out", "post_attn_hidden", "mlp_mul");

  private StageWords() {}

  /** The status as JSON and a page's style sheet have it. */
  static String status(SystemStage stage) {
    return name(stage.status());
  }

  static String name(Status status) {
    return Json.token(status);
  }

  /** The status of a stage that no recipe reproduces, and the reason. */
  static String known(SystemStage stage) {
    return words(stage.status()) + ": " + reason(stage);
  }

  static String words(Status status) {
    return name(status).replace('-', ' ');
  }

  /** Why the status is as it is, in one sentence. */
  static String reason(SystemStage stage) {
    String other =
        stage.function().isEmpty()
            ? ""
            : "another function: " + FunctionWords.of(stage.function()) + "; ";
    String overflow = stage.overflow().map(o -> OverflowWords.of(stage.dtype(), o)).orElse("");
    if (stage.status() == Status.OVERFLOW) {
      return other + overflow;
    }
    return other + (overflow.isEmpty() ? "" : overflow + "; ") + found(stage);
  }

  private static String found(SystemStage stage) {
    return switch (stage.finding()) {
      case Finding.Unbound(Gap gap) -> gap(gap);
      case Finding.Reproduced(var settledBy) ->
          search(stage)
              + settledBy
                  .map(by -> "; the first of them is the one whose unrounded result explains " + by)
                  .orElse("");
      case Finding.Searched _ -> search(stage);
      case Finding.FromEarlier(var replayed) -> replayed(replayed);
      case Finding.Damaged(var corruption) -> DamageWords.of(corruption);
      case Finding.Inside(var bound) ->
          switch (bound) {
            case RECIPES -> "inside the rounding bound, though no recipe tried reproduces it";
            case FUSED_ATTENTION ->
                "inside the rounding bound of attention with float32 scores, though no recipe tried"
                    + " reproduces it: another order of sums in the attention path";
            case TABLE -> "every value is a rounding of that of its angle";
            case UNROUNDED_INPUTS ->
                "inside the bound of one dropped rounding of each input: the system goes on with"
                    + " values it did not round, and these were not captured";
          };
    };
  }

  private static String replayed(Replayed replayed) {
    return switch (replayed) {
      case Replayed.Follows follows when follows.size() == 0 ->
          "every value is exact%s".formatted(through(follows, ", by way of %s, not captured"));
      case Replayed.Follows follows ->
          "its errors are %s times those of roundings%s"
              .formatted(figure(follows.size()), through(follows, " by way of %s, not captured"));
      case Replayed.Open open ->
          ("its errors are %s times those of roundings%s, and no function that was tried gives it;"
                  + " dump %s to see where that begins")
              .formatted(
                  figure(open.size()),
                  through(open, " by way of %s, not captured"),
                  open.through().isEmpty() ? "its inputs" : range(halving(open.through()), " or "));
      case Replayed.Lacking(String what) -> "it cannot be computed again without " + what;
    };
  }

  /** Two digits behind the point where that tells. */
  private static String figure(double size) {
    return size >= 0.1 && size < 1000
        ? String.format(Locale.ROOT, "%.2f", size)
        : Numbers.brief(size);
  }

  private static String through(Replayed replayed, String words) {
    return replayed.through().isEmpty() ? "" : words.formatted(range(replayed.through(), " and "));
  }

  /** Of many stages those that tell attention, its output and the MLP apart. */
  private static List<String> halving(List<String> stages) {
    List<String> some =
        stages.stream().filter(stage -> HALVING.contains(StageNames.last(stage))).toList();
    return stages.size() <= MOST_NAMED || some.isEmpty() ? stages : some;
  }

  /** Of many stages the first and the last. */
  private static String range(List<String> stages, String last) {
    if (stages.size() > MOST_NAMED) {
      return "the %s stages from %s to %s"
          .formatted(stages.size(), stages.getFirst(), stages.getLast());
    }
    String before = String.join(", ", stages.subList(0, stages.size() - 1));
    return before.isEmpty() ? stages.getLast() : before + last + stages.getLast();
  }

  private static String search(SystemStage stage) {
    Identification found = stage.recomputed().orElseThrow().search();
    return SearchWords.reason(found);
  }

  /** Why a stage cannot be computed again. */
  public static String gap(Gap gap) {
    return switch (gap) {
      case Gap.Input(String stage) -> "its input " + StageNames.last(stage) + " was not captured";
      case Gap.Values(long captured, long needed) ->
          "its input was captured in part: %s of %s values".formatted(captured, needed);
      case Gap.Width(long width, var y) -> "rows of " + width + " do not make " + y;
      case Gap.Factor(var x, var w, var y) ->
          "%s times its weight %s is no %s: its input was captured in part".formatted(x, w, y);
      case Gap.Tokens(long ofTable, var x) ->
          "the rotary table has " + ofTable + " tokens, x is " + x;
      case Gap.Mask(var mask) -> "attention_mask %s is not of its keys".formatted(mask);
      case Gap.Columns(var shapes) ->
          "its tensors hold different columns, and which is not known: " + shapes;
      case Gap.Other.GIVEN -> "an input of the capture";
      case Gap.Other.TABLE -> "a table made from position_ids";
      case Gap.Other.WEIGHT -> "its weight is not in the capture; give --weights";
      case Gap.Other.PART -> "its input was captured in part";
      case Gap.Other.QUERIES_OR_KEYS -> "its queries or keys were captured in part";
      case Gap.Other.EARLIER_TOKENS -> "it holds tokens of earlier calls";
      case Gap.Other.VISUAL_MASK -> "visual_mask was not captured";
    };
  }
}
