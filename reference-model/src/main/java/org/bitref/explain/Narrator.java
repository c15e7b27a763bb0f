package org.bitref.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bitref.explain.Chain.Amplifier;
import org.bitref.explain.Chain.Answer;
import org.bitref.explain.PairStage.Cause;
import org.bitref.explain.SystemStage.Status;
import org.bitref.model.StageNames;
import org.bitref.numerics.Format;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification;

/** Tells how the difference of two systems comes about. */
final class Narrator {
  /** A difference counts from this part of the largest one on. */
  private static final double COUNTS = 0.1;

  private static final int AMPLIFIERS = 3;

  private final Preflight inputs;
  private final List<StageReport> stages;
  private final String a;
  private final String b;

  Narrator(Preflight inputs, List<StageReport> stages, String a, String b) {
    this.inputs = inputs;
    this.stages = stages.stream().filter(stage -> stage.pair(a, b) != null).toList();
    this.a = a;
    this.b = b;
  }

  Chain chain() {
    StageReport first =
        stages.stream()
            .filter(stage -> !pair(stage).comparison().allEqual())
            .findFirst()
            .orElse(null);
    if (first == null) {
      return new Chain(a, b, null, null, List.of(), List.of());
    }
    StageReport start = start();
    List<Answer> answers = new ArrayList<>();
    if (!inputs.allEqual()) {
      answers.add(unequalInputs());
    }
    answers.add(new Answer("Where does it start?", whereItStarts(first, start)));
    answers.add(new Answer("What explains it?", whatExplains(start)));
    answers.add(new Answer("What amplifies it?", whatAmplifies()));
    answers.add(new Answer("Who is nearer the exact result?", whoIsNearer()));
    answers.add(new Answer("What to change?", whatToChange()));
    return new Chain(a, b, first.name(), start.name(), amplifiers(), answers);
  }

  private PairStage pair(StageReport stage) {
    return stage.pair(a, b);
  }

  /** The root mean square difference over that of the values; infinite with a NaN on one side. */
  static double relative(PairStage pair) {
    double relative = Math.pow(10, -pair.comparison().snrDecibels() / 20);
    return Double.isNaN(relative) ? Double.POSITIVE_INFINITY : relative;
  }

  private StageReport start() {
    double largest =
        stages.stream().mapToDouble(stage -> relative(pair(stage))).max().orElseThrow();
    return stages.stream()
        .filter(stage -> relative(pair(stage)) >= COUNTS * largest)
        .filter(stage -> !pair(stage).comparison().allEqual())
        .findFirst()
        .orElseThrow();
  }

  private Answer unequalInputs() {
    List<String> unequal =
        inputs.checks().stream()
            .filter(check -> !check.allEqual())
            .map(c -> "%s (%d of %d)".formatted(c.input(), c.total() - c.equal(), c.total()))
            .toList();
    return new Answer(
        "Did both start from the same?",
        "No: unequal are "
            + String.join(", ", unequal)
            + ". Make them equal first; no product is to blame for that.");
  }

  private String whereItStarts(StageReport first, StageReport start) {
    String text = "";
    if (!first.name().equals(start.name())) {
      text =
          "%s differs first, in %s; that is %s of its size. "
              .formatted(first.name(), unequal(first), brief(relative(pair(first))));
    }
    Cause cause = pair(start).cause();
    text +=
        "%s is the first stage that counts: %s, %s of its size"
            .formatted(start.name(), unequal(start), brief(relative(pair(start))));
    if (cause == null) {
      return text + "; it cannot be recomputed, so whether it inherits that is not known.";
    }
    return text
        + String.format(Locale.ROOT, "; %.2f %% of it inherited.", 100 * cause.inheritedShare());
  }

  private String unequal(StageReport stage) {
    long total = pair(stage).comparison().total();
    return "%d of %d outputs".formatted(total - pair(stage).comparison().equal(), total);
  }

  private String whatExplains(StageReport start) {
    return formats(start) + sentence(start, a) + " " + sentence(start, b);
  }

  /** A system with a shorter format rounds more coarsely whatever its recipe. */
  private String formats(StageReport start) {
    Format ofA = start.system(a).dtype().format().orElseThrow();
    Format ofB = start.system(b).dtype().format().orElseThrow();
    double times = ofA.unitRoundoff() / ofB.unitRoundoff();
    return times == 1
        ? ""
        : "%s stores %s and %s %s: a rounding of %s is %.0f times as large. "
            .formatted(a, ofA, b, ofB, times > 1 ? a : b, Math.max(times, 1 / times));
  }

  private static String sentence(StageReport stage, String name) {
    SystemStage system = stage.system(name);
    Identification found = system.identification();
    if (system.status() != Status.REPRODUCED) {
      return name + ": " + system.reason() + ".";
    }
    String through =
        system.unrounded().isEmpty()
            ? ""
            : ", from its " + StageNames.last(system.unrounded().getFirst()) + " before rounding";
    String ties = found.ties().isEmpty() ? "" : ", one of " + found.ties().size() + " that fit";
    return "%s: %s%s (%d of %d outputs equal%s)."
        .formatted(
            name,
            Wording.of(found.best().getFirst().recipe()),
            through,
            found.best().getFirst().equal(),
            found.total(),
            ties);
  }

  private List<Amplifier> amplifiers() {
    List<Amplifier> list = new ArrayList<>();
    for (StageReport stage : stages) {
      Cause cause = pair(stage).cause();
      if (cause != null && cause.growth() != null && cause.growth() > 1) {
        list.add(new Amplifier(stage.name(), cause.growth(), cause.gain()));
      }
    }
    list.sort(Comparator.comparingDouble(Amplifier::growth).reversed());
    return list.subList(0, Math.min(AMPLIFIERS, list.size()));
  }

  private String whatAmplifies() {
    List<Amplifier> amplifiers = amplifiers();
    if (amplifiers.isEmpty()) {
      return "No stage enlarges what it inherits.";
    }
    List<String> parts = new ArrayList<>();
    for (Amplifier amplifier : amplifiers) {
      parts.add(
          String.format(
              Locale.ROOT,
              "%s x%.2f (x%.2f relative to its size)",
              amplifier.stage(),
              amplifier.growth(),
              amplifier.gain()));
    }
    return String.join(", ", parts)
        + ". Where only the first number is large, the stage scales values and differences alike.";
  }

  private String whoIsNearer() {
    int nearerA = 0;
    int nearerB = 0;
    int all = 0;
    for (StageReport stage : stages) {
      String nearer = pair(stage).nearer();
      all += nearer == null ? 0 : 1;
      nearerA += a.equals(nearer) ? 1 : 0;
      nearerB += b.equals(nearer) ? 1 : 0;
    }
    return "%s in %d and %s in %d of %d stages, each judged on its own inputs."
        .formatted(a, nearerA, b, nearerB, all);
  }

  private String whatToChange() {
    Set<String> advice = new LinkedHashSet<>();
    for (String name : List.of(a, b)) {
      for (StageReport stage : stages) {
        SystemStage system = stage.system(name);
        if (system.status() == Status.REPRODUCED && !pair(stage).comparison().allEqual()) {
          StageRecipe recipe = system.identification().best().getFirst().recipe();
          advice.add(Wording.advice(name, recipe));
        }
      }
    }
    advice.remove("");
    return advice.isEmpty()
        ? "Nothing: no recipe found here loses more than the format needs; only orders of sums and"
            + " places of roundings differ."
        : String.join(". ", advice) + ".";
  }

  private static String brief(double x) {
    return String.format(Locale.ROOT, "%.1e", x);
  }
}
