package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bitref.cli.explain.Story.Answer;
import org.bitref.cli.words.FunctionWords;
import org.bitref.diagnose.OtherFunction;
import org.bitref.explain.Chain;
import org.bitref.explain.Chain.Amplifier;
import org.bitref.explain.PairStage.Nearer;
import org.bitref.explain.Preflight;
import org.bitref.explain.Scope.Before;
import org.bitref.explain.StageReport.Both;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Recomputed;
import org.bitref.explain.SystemStage.Status;
import org.bitref.model.StageNames;
import org.bitref.numerics.Format;
import org.bitref.search.Identification.Match;

/** Answers the questions of one pair that differs. */
record StoryTeller(Preflight inputs, Optional<Before> before, Chain chain, List<Both> stages) {
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
    answers.add(new Answer("What to change?", whatToChange()));
    return answers;
  }

  private Both stage(String name) {
    return stages.stream().filter(stage -> stage.stage().equals(name)).findFirst().orElseThrow();
  }

  private String unequalInputs() {
    return inputs.checks().stream()
        .filter(check -> !check.allEqual())
        .map(c -> "%s (%s of %s)".formatted(c.input(), c.total() - c.equal(), c.total()))
        .collect(
            Collectors.joining(
                ", ",
                "No: unequal are ",
                ". Make them equal first; no product is to blame for that."));
  }

  private String whereItStarts(Both start) {
    Both first = stage(chain.firstDifference().orElseThrow());
    String before =
        first.stage().equals(start.stage())
            ? ""
            : "%s differs first, in %s; that is %s of its size. "
                .formatted(first.stage(), unequal(first), brief(first.pair().relative()));
    return before
        + "%s is the first stage that counts: %s, %s of its size"
            .formatted(start.stage(), unequal(start), brief(start.pair().relative()))
        + start
            .pair()
            .cause()
            .map(
                cause ->
                    String.format(
                        Locale.ROOT, "; %.2f %% of it inherited.", 100 * cause.inheritedShare()))
            .orElse("; it cannot be recomputed, so whether it inherits that is not known.");
  }

  private static String unequal(Both stage) {
    return "%s of %s outputs".formatted(stage.unequal(), stage.pair().comparison().total());
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

  private static String sentence(SystemStage system) {
    if (system.status() != Status.REPRODUCED || !system.function().isEmpty()) {
      return system.system() + ": " + StageWords.reason(system) + ".";
    }
    Recomputed known = system.recomputed().orElseThrow();
    Match best = system.best().orElseThrow();
    String through =
        known.unrounded().isEmpty()
            ? ""
            : ", from its " + StageNames.last(known.unrounded().getFirst()) + " before rounding";
    int ties = known.search().ties().size();
    return "%s: %s%s (%s of %s outputs equal%s)."
        .formatted(
            system.system(),
            RecipeWords.of(best.recipe()),
            through,
            best.equal(),
            known.search().total(),
            ties == 0 ? "" : ", one of " + ties + " that fit");
  }

  private String whatAmplifies() {
    if (chain.amplifiers().isEmpty()) {
      return "No stage enlarges what it inherits.";
    }
    return chain.amplifiers().stream().map(StoryTeller::amplifier).collect(Collectors.joining(", "))
        + ". Where only the first number is large, the stage scales values and differences"
        + " alike.";
  }

  private static String amplifier(Amplifier one) {
    return String.format(
        Locale.ROOT,
        "%s x%.2f (x%.2f relative to its size)",
        one.stage(),
        one.growth(),
        one.gain());
  }

  private String whoIsNearer() {
    List<Nearer> nearer = stages.stream().flatMap(stage -> stage.pair().nearer().stream()).toList();
    return "%s in %s and %s in %s of %s stages, each judged on its own inputs."
        .formatted(
            chain.a(),
            nearer.stream().filter(Nearer.A::equals).count(),
            chain.b(),
            nearer.stream().filter(Nearer.B::equals).count(),
            nearer.size());
  }

  private String whatToChange() {
    Set<String> advice = new LinkedHashSet<>();
    List<Both> unequal = stages.stream().filter(stage -> stage.unequal() > 0).toList();
    unequal.forEach(stage -> advise(stage.a(), stage.b(), advice));
    unequal.forEach(stage -> advise(stage.b(), stage.a(), advice));
    return advice.isEmpty()
        ? "Nothing: no recipe found here loses more than the format needs; only orders of sums"
            + " and places of roundings differ."
        : String.join(". ", advice) + ".";
  }

  private static void advise(SystemStage system, SystemStage other, Set<String> advice) {
    boolean alone = !OtherFunction.same(system.function(), other.function());
    if (alone && !system.function().isEmpty()) {
      advice.add(
          system.system()
              + ": has "
              + FunctionWords.of(system.function())
              + "; make it compute what the model's config says");
      return;
    }
    if (system.overflow().isPresent()) {
      system
          .overflow()
          .flatMap(OverflowWords::advice)
          .ifPresent(held -> advice.add(system.system() + ": use " + held));
      return;
    }
    system
        .recipe()
        .flatMap(RecipeWords::advice)
        .ifPresent(words -> advice.add(system.system() + ": " + words));
  }

  private static String brief(double x) {
    return String.format(Locale.ROOT, "%.1e", x);
  }
}
