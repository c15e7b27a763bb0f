package org.bitref.cli.explain;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.bitref.cli.words.FunctionWords;
import org.bitref.diagnose.OtherFunction;
import org.bitref.explain.Chain;
import org.bitref.explain.Chain.Amplifier;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.explain.Explanation.EqualPair;
import org.bitref.explain.Explanation.Fault;
import org.bitref.explain.PairStage.Nearer;
import org.bitref.explain.Preflight;
import org.bitref.explain.StageReport.Both;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Recomputed;
import org.bitref.explain.SystemStage.Status;
import org.bitref.model.StageNames;
import org.bitref.numerics.Format;
import org.bitref.search.Identification.Match;

/**
 * How the difference of two systems comes about, as questions and answers.
 *
 * @param answers none if all is equal
 */
record Story(@JsonUnwrapped Chain chain, List<Answer> answers) {
  /** Of what is asked, what other pairs than the first are told. */
  static final String CAUSE = "What explains it?";

  /** A question and the answer to it. */
  record Answer(String question, String answer) {}

  static Story of(Explanation explanation, Chain chain) {
    return chain.start().isEmpty()
        ? new Story(chain, List.of())
        : new Story(chain, new Teller(explanation.inputs(), chain, explanation.along(chain)).all());
  }

  /** The verdict as reports spell it. */
  static String verdict(Conclusion verdict) {
    return verdict.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The verdict of the whole in one sentence. */
  static String reason(Explanation explanation) {
    return switch (explanation.verdict()) {
      case EQUAL -> "the systems are equal, bit for bit, in every stage that was captured";
      case ROUNDING -> rounding(explanation);
      case UNEXPLAINED -> first(explanation, Status.UNEXPLAINED);
      case CORRUPT, OVERFLOW, OTHER_FUNCTION -> fault(explanation.fault().orElseThrow());
      case INCONCLUSIVE -> inconclusive(explanation);
    };
  }

  private static String inconclusive(Explanation explanation) {
    if (!explanation.inputs().allEqual()) {
      return "the systems did not start from the same inputs, so no stage is to blame yet";
    }
    return explanation
        .unknownStart()
        .map(
            start ->
                "%s of %s: a difference starts here, and it cannot be computed again: %s"
                    .formatted(
                        explanation.chain().start().orElseThrow(),
                        start.system(),
                        StageWords.reason(start)))
        .or(() -> explanation.open().map(open -> of(open.stage(), open.system())))
        .orElse("nothing that differs could be computed again");
  }

  private static String fault(Fault fault) {
    SystemStage first = fault.systems().getFirst();
    if (fault.verdict() != Conclusion.OTHER_FUNCTION) {
      return of(fault.stage(), first);
    }
    if (fault.systems().size() == 1) {
      return "at %s %s has %s, and no other system shows that"
          .formatted(fault.stage(), first.system(), FunctionWords.of(first.function()));
    }
    SystemStage second = fault.systems().getLast();
    return "at %s %s has %s, and %s has %s"
        .formatted(
            fault.stage(),
            first.system(),
            FunctionWords.of(first.function()),
            second.system(),
            FunctionWords.of(second.function()));
  }

  private static String of(String stage, SystemStage system) {
    return "%s of %s: %s".formatted(stage, system.system(), StageWords.reason(system));
  }

  private static String rounding(Explanation explanation) {
    long bounded = explanation.count(Status.BOUNDED);
    long follows = explanation.count(Status.FOLLOWS);
    long lacking = explanation.count(Status.INPUT_NOT_CAPTURED);
    return "every difference that can be recomputed is one of rounding: recipes reproduce all"
        + " outputs of %s stages".formatted(explanation.count(Status.REPRODUCED))
        + (bounded == 0 ? "" : ", %s lie inside a derived bound".formatted(bounded))
        + (follows == 0
            ? ""
            : ", %s follow from what was captured before them as closely as roundings allow"
                .formatted(follows))
        + (lacking == 0 ? "" : ", of %s an input was not captured".formatted(lacking));
  }

  private static String first(Explanation explanation, Status status) {
    return explanation.stages().stream()
        .flatMap(
            stage ->
                stage.systems().stream()
                    .filter(system -> system.status() == status)
                    .map(system -> of(stage.name(), system)))
        .findFirst()
        .orElseThrow();
  }

  /** That two systems do not differ. */
  static String equal(EqualPair pair) {
    return "%s and %s are equal in all %s outputs of %s."
        .formatted(pair.a(), pair.b(), pair.outputs(), String.join(", ", pair.stages()));
  }

  /** What a capture holds once for all systems. */
  static List<String> shared(Preflight inputs) {
    List<String> names = new ArrayList<>(inputs.shared());
    if (inputs.weights() > 0) {
      names.add(inputs.weights() + " weights");
    }
    return names;
  }

  /** Answers the questions of one pair that differs. */
  private record Teller(Preflight inputs, Chain chain, List<Both> stages) {
    List<Answer> all() {
      List<Answer> answers = new ArrayList<>();
      if (!inputs.allEqual()) {
        answers.add(new Answer("Did both start from the same?", unequalInputs()));
      }
      Both start = stage(chain.start().orElseThrow());
      answers.add(new Answer("Where does it start?", whereItStarts(start)));
      answers.add(
          new Answer(CAUSE, formats(start) + sentence(start.a()) + " " + sentence(start.b())));
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
      return chain.amplifiers().stream().map(Teller::amplifier).collect(Collectors.joining(", "))
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
      List<Nearer> nearer =
          stages.stream().flatMap(stage -> stage.pair().nearer().stream()).toList();
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
        advice.add(
            system.system()
                + ": store this stage in a type with more exponents (BF16, F32), or scale its"
                + " inputs");
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
}
