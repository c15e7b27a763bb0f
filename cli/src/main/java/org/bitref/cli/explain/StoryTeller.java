package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bitref.cli.explain.Story.Answer;
import org.bitref.diagnose.OtherFunction;
import org.bitref.explain.Chain;
import org.bitref.explain.Nearness;
import org.bitref.explain.OwnErrors.Nearer;
import org.bitref.explain.Preflight;
import org.bitref.explain.Scope.Before;
import org.bitref.explain.StageReport.Both;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Recomputed;
import org.bitref.explain.SystemStage.Status;
import org.bitref.model.StageNames;
import org.bitref.numerics.Format;
import org.bitref.recipe.Device;
import org.bitref.search.Identification.Match;

/** Answers the questions of one pair that differs. */
record StoryTeller(
    Preflight inputs,
    Optional<Before> before,
    Chain chain,
    List<Both> stages,
    List<Nearness> nearness,
    Function<String, Device> devices) {
  List<Answer> all() {
    List<Answer> answers = new ArrayList<>();
    if (!inputs.allEqual()) {
      answers.add(new Answer(Story.SAME, unequalInputs()));
    } else {
      before.ifPresent(known -> answers.add(new Answer(Story.SAME, ScopeWords.answer(known))));
    }
    Both start = stage(chain.start().orElseThrow());
    answers.add(new Answer("Where does it start?", whereItStarts(start)));
    answers.add(
        new Answer(Story.CAUSE, formats(start) + sentence(start.a()) + " " + sentence(start.b())));
    answers.add(new Answer("What amplifies it?", whatAmplifies()));
    answers.add(new Answer("Who is nearer the exact result?", whoIsNearer()));
    return answers;
  }

  private Both stage(String name) {
    return stages.stream().filter(stage -> stage.stage().equals(name)).findFirst().orElseThrow();
  }

  private String unequalInputs() {
    return inputs.checks().stream()
        .filter(check -> !check.allEqual())
        .map(ScopeWords::differ)
        .collect(
            Collectors.joining(
                ", ", "No: ", ". Make them equal first; no stage is to blame for that."));
  }

  private String whereItStarts(Both start) {
    Both first = stage(chain.firstDifference().orElseThrow());
    String before =
        first.stage().equals(start.stage())
            ? ""
            : "%s differs first: %s, %s. "
                .formatted(first.stage(), unequal(first), ofSize(first.pair().relative()));
    return before
        + "%s is the first stage with a tenth of the largest difference or more: %s, %s"
            .formatted(start.stage(), unequal(start), ofSize(start.pair().relative()))
        + inherited(start);
  }

  private static String inherited(Both start) {
    if (!sameFunction(start)) {
      return "; the systems have different functions there.";
    }
    return start
        .pair()
        .cause()
        .map(
            cause ->
                String.format(
                    Locale.ROOT,
                    "; %.2f %% of that is inherited from its inputs.",
                    100 * cause.inheritedShare()))
        .orElse("; it cannot be recomputed, so whether it inherits that is not known.");
  }

  private static boolean sameFunction(Both stage) {
    return OtherFunction.same(stage.a().function(), stage.b().function());
  }

  private static String unequal(Both stage) {
    return "%s of %s outputs differ".formatted(stage.unequal(), stage.pair().comparison().total());
  }

  /** A system with a shorter format rounds more coarsely whatever its recipe. */
  private String formats(Both start) {
    Format a = start.a().dtype().format().orElseThrow();
    Format b = start.b().dtype().format().orElseThrow();
    double times = a.unitRoundoff() / b.unitRoundoff();
    return times == 1
        ? ""
        : String.format(
            Locale.ROOT,
            "%s stores %s and %s %s: a rounding of %s is %.0f times as large. ",
            chain.a(),
            a,
            chain.b(),
            b,
            times > 1 ? chain.a() : chain.b(),
            Math.max(times, 1 / times));
  }

  private String sentence(SystemStage system) {
    if (system.status() != Status.REPRODUCED || !system.function().isEmpty()) {
      return system.system() + ": " + StageWords.reason(system) + ".";
    }
    Recomputed known = system.recomputed().orElseThrow();
    Match best = system.best().orElseThrow();
    String through =
        known.unrounded().isEmpty()
            ? ""
            : ", from its " + StageNames.last(known.unrounded().getFirst()) + " before rounding";
    int fits = known.search().fits(devices.apply(system.system()));
    return "%s: %s%s (%s of %s outputs equal%s): %s."
        .formatted(
            system.system(),
            RecipeWords.of(best.recipe()),
            through,
            best.equal(),
            known.search().total(),
            fits == 1 ? "" : ", one of " + fits + " recipes that fit",
            best.recipe().text());
  }

  private String whatAmplifies() {
    if (!chain.amplifiers().isEmpty()) {
      return chain.amplifiers().stream()
          .map(one -> String.format(Locale.ROOT, "%s %.2f times", one.stage(), one.gain()))
          .collect(Collectors.joining(", ", "", ", relative to the size of the values."));
    }
    return "Nothing does"
        + chain
            .adds()
            .map(
                one ->
                    String.format(
                        Locale.ROOT,
                        ": %s adds its own error, %.0f %% of its squared difference.",
                        one.stage(),
                        100 * one.share()))
            .orElse(".");
  }

  private String whoIsNearer() {
    if (nearness.isEmpty()) {
      return "That cannot be said: no errors of both are known.";
    }
    String nearer =
        nearness.stream()
            .filter(group -> group.nearer() != Nearer.SAME)
            .map(this::nearer)
            .collect(Collectors.joining("; "));
    String ties =
        nearness.stream()
            .filter(group -> group.nearer() == Nearer.SAME)
            .map(group -> WhatToChange.name(group.group()))
            .collect(Collectors.joining(", "));
    return (nearer.isEmpty() ? "" : nearer + ". ")
        + (ties.isEmpty() ? "" : "A tie in " + ties + ". ")
        + "Each is judged on its own inputs"
        + (stages.stream().allMatch(StoryTeller::sameFunction) ? "." : ", by its own function.");
  }

  private String nearer(Nearness group) {
    return "%s in %s%s"
        .formatted(
            group.nearer() == Nearer.A ? chain.a() : chain.b(),
            WhatToChange.name(group.group()),
            factor(group));
  }

  private static String factor(Nearness group) {
    return Double.isInfinite(group.factor())
        ? ", which is exact there"
        : String.format(Locale.ROOT, ", by a factor of %.3g", group.factor());
  }

  /** How large a difference is beside the values. */
  static String ofSize(double relative) {
    return Double.isFinite(relative)
        ? String.format(Locale.ROOT, "%.1e of its size", relative)
        : "some infinite or NaN in one system alone";
  }
}
