package org.bitref.cli.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.Numbers;
import org.bitref.compare.LogitsComparison;
import org.bitref.compare.LogitsComparison.Flip;
import org.bitref.compare.UlpSpread;
import org.bitref.compare.verdict.Axis;
import org.bitref.compare.verdict.Form;
import org.bitref.compare.verdict.Form.Moved;
import org.bitref.compare.verdict.Place;
import org.bitref.compare.verdict.Place.Part;
import org.bitref.compare.verdict.Place.Run;
import org.bitref.compare.verdict.TensorVerdict;
import org.bitref.compare.verdict.Verdict;

/** Verdicts for people. */
final class VerdictWords {
  private static final int SHOWN = 4;

  private VerdictWords() {}

  /** For example {@code kv.2.v, head 1, tokens 50-53: B holds zeros}; without a full stop. */
  static String of(String tensor, TensorVerdict verdict) {
    String place = verdict.place().map(p -> place(p)).orElse("");
    return tensor + (place.isEmpty() ? "" : ", " + place) + ": " + what(verdict);
  }

  private static String what(TensorVerdict verdict) {
    return switch (verdict.verdict()) {
      case EQUAL -> "equal";
      case ROUNDING ->
          verdict.place().isEmpty()
              ? "rounding; no row, column, head or block stands out" + level(verdict)
              : "rounding, there only" + level(verdict);
      case STRUCTURED, CORRUPT, UNDECIDED -> form(verdict.form().orElseThrow(), verdict);
    };
  }

  /** For example {@code head 1, tokens 50-53}; nothing for a whole tensor. */
  static String place(Place place) {
    return place.parts().stream().map(VerdictWords::part).collect(Collectors.joining(", "));
  }

  private static String part(Part part) {
    List<Run> runs = part.runs();
    Run first = runs.getFirst();
    if (runs.size() == 1 && first.step() > 1) {
      return "every %s %s from %s to %s"
          .formatted(ordinal(first.step()), name(part.axis()), first.first(), first.last());
    }
    boolean one = runs.size() == 1 && first.first() == first.last();
    return (one ? name(part.axis()) : names(part.axis())) + " " + runs(runs);
  }

  private static String runs(List<Run> runs) {
    List<String> texts = new ArrayList<>();
    runs.stream().limit(SHOWN).map(VerdictWords::run).forEach(texts::add);
    if (runs.size() > SHOWN) {
      return String.join(", ", texts) + " and " + (runs.size() - SHOWN) + " more";
    }
    String last = texts.removeLast();
    return texts.isEmpty() ? last : String.join(", ", texts) + " and " + last;
  }

  private static String run(Run run) {
    return run.first() == run.last() ? "" + run.first() : run.first() + "-" + run.last();
  }

  private static String ordinal(int n) {
    String suffix =
        n % 100 / 10 == 1
            ? "th"
            : switch (n % 10) {
              case 1 -> "st";
              case 2 -> "nd";
              case 3 -> "rd";
              default -> "th";
            };
    return n + suffix;
  }

  private static String name(Axis axis) {
    return Json.token(axis);
  }

  private static String names(Axis axis) {
    return name(axis) + (axis == Axis.BATCH ? "es" : "s");
  }

  private static String form(Form form, TensorVerdict verdict) {
    return switch (form) {
      case Form.Known known -> known(known, verdict);
      case Form.Factor(double factor) -> String.format(Locale.ROOT, "B is A times %.4g", factor);
      case Form.Offset(double offset) -> String.format(Locale.ROOT, "B is A plus %.4g", offset);
      case Form.Transposed transposed ->
          "B is A with %s and %s transposed"
              .formatted(names(transposed.first()), names(transposed.second()));
      case Moved moved -> moved(moved);
    };
  }

  private static String known(Form.Known known, TensorVerdict verdict) {
    return switch (known) {
      case ZEROS_IN_A -> "A holds zeros";
      case ZEROS_IN_B -> "B holds zeros";
      case SIGN -> "B has the opposite sign";
      case OTHER_VALUES -> "B holds other values" + levels(verdict);
      case LARGER -> "differences are far larger than elsewhere" + levels(verdict);
      case CONFINED -> "only there is any difference" + levels(verdict);
      case NOT_FINITE -> "NaN or infinite on one side only";
      case SCATTERED -> "single values differ by half their size or more" + levels(verdict);
      case UNRELATED -> "B is further from A than zeros would be";
      case FEW_VALUES -> "too few values to tell a rounding from more" + level(verdict);
      case OTHER_NUMBERS -> "other whole numbers";
      case FAR_EVERYWHERE ->
          "too far off to be called a rounding, without a shape" + level(verdict);
    };
  }

  private static String level(TensorVerdict verdict) {
    return " (%s of the size of the values)".formatted(share(verdict.level()));
  }

  private static String levels(TensorVerdict verdict) {
    return " (%s of the size of the values, elsewhere %s)"
        .formatted(share(verdict.level()), share(verdict.elsewhere()));
  }

  private static String share(double level) {
    return level == 0 ? "0" : String.format(Locale.ROOT, "%.2g", level);
  }

  private static String moved(Moved moved) {
    String lines = names(moved.axis());
    String line = name(moved.axis());
    return switch (moved.kind()) {
      case SHIFTED -> "B's %s i is A's %s i %s".formatted(line, line, signed(moved.by()));
      case SHIFTED_AROUND ->
          "B's %s i is A's %s i %s, around the end".formatted(line, line, signed(moved.by()));
      case SWAPPED -> lines + " are exchanged";
      case REVERSED -> lines + " are in reverse order";
      case INTERLEAVED -> "the two halves of A's %s alternate in B".formatted(lines);
      case DEINTERLEAVED -> "A's %s of even number are B's first half".formatted(lines);
      case PERMUTED -> lines + " are in another order";
      case COPIED -> "B holds A's " + part(new Part(moved.axis(), moved.from()));
    };
  }

  private static String signed(int by) {
    return by < 0 ? "- " + -by : "+ " + by;
  }

  /** All tensors in one sentence, by the first that is more than rounding. */
  static String summary(StageResult worst) {
    TensorVerdict verdict = worst.findings().verdict();
    String text = Json.token(verdict.verdict()) + ": ";
    return verdict.verdict() == Verdict.ROUNDING
        ? "rounding: no row, column, head or block of a tensor stands out."
        : text + of(worst.name(), verdict) + ".";
  }

  /** Distances beside the largest. */
  static String spread(UlpSpread ulps) {
    String text =
        "Half of the elements differ by %s ULP at most, 99 %% by %s at most; those that are not"
                .formatted(Numbers.ulps(ulps.p50()), Numbers.ulps(ulps.p99()))
            + " small (the root mean square or more) by %s at most."
                .formatted(Numbers.ulps(ulps.maxOwnSize()));
    return ulps.loneCrossing()
        ? text
            + " The largest distance is a lone crossing of zero; without it: %s."
                .formatted(Numbers.ulps(ulps.maxSameSign()))
        : text;
  }

  /** What becomes of the next token. */
  static String logits(LogitsComparison logits) {
    String flips =
        logits.flips() == 0
            ? "the largest is the same everywhere"
            : "another one is the largest at %s: %s"
                .formatted(
                    Numbers.count(logits.flips(), "token"),
                    logits.first().stream()
                        .map(VerdictWords::flip)
                        .collect(Collectors.joining(", ")));
    long rest = logits.flips() - logits.first().size();
    String more = rest > 0 ? " and " + rest + " more" : "";
    return String.format(
        Locale.ROOT,
        "Logits of %s: %s%s. Exact ties at the top: A %d, B %d. Of the top %d, %.1f %% are shared,"
            + " at least %.0f %%. KL divergence: mean %s, max %s nats.",
        Numbers.count(logits.tokens(), "token"),
        flips,
        more,
        logits.tiesA(),
        logits.tiesB(),
        logits.k(),
        100 * logits.meanOverlap(),
        100 * logits.leastOverlap(),
        Numbers.brief(logits.meanDivergence()),
        Numbers.brief(logits.maxDivergence()));
  }

  private static String flip(Flip flip) {
    return "%s (A has %s, B %s; ahead by %s and %s ULP)"
        .formatted(
            flip.row(),
            flip.a(),
            flip.b(),
            Numbers.ulps(flip.marginA()),
            Numbers.ulps(flip.marginB()));
  }
}
