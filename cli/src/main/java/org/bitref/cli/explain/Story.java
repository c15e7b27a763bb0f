package org.bitref.cli.explain;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.words.FunctionWords;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.explain.Explanation.EqualPair;
import org.bitref.explain.Explanation.Fault;
import org.bitref.explain.Preflight;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Status;

/**
 * How the difference of two systems comes about, as questions and answers.
 *
 * @param answers none if all is equal
 */
record Story(@JsonUnwrapped Chain chain, List<Answer> answers) {
  /** Of what is asked, what other pairs than the first are told. */
  static final String CAUSE = "What explains it?";

  static final String SAME = "Did both start from the same?";

  /** A question and the answer to it. */
  record Answer(String question, String answer) {}

  static Story of(Explanation explanation, Chain chain) {
    return chain.start().isEmpty()
        ? new Story(chain, List.of())
        : new Story(
            chain,
            new StoryTeller(
                    explanation.inputs(),
                    explanation.scope().before(chain),
                    chain,
                    explanation.along(chain))
                .all());
  }

  /** The verdict as reports spell it. */
  static String verdict(Conclusion verdict) {
    return verdict.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The verdict of the whole in one sentence. */
  static String reason(Explanation explanation) {
    return switch (explanation.verdict()) {
      case EQUAL ->
          "the systems are equal, bit for bit, in every stage that was "
              + (explanation.scope().isAll() ? "captured" : "looked at");
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
    if (!explanation.isCompared()) {
      return "no stage that was %s is of two systems"
          .formatted(explanation.scope().isAll() ? "captured" : "looked at");
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
    return "every difference %sthat can be recomputed is one of rounding"
            .formatted(explanation.scope().isAll() ? "" : "of the stages looked at ")
        + ": recipes reproduce all outputs of %s stages"
            .formatted(explanation.count(Status.REPRODUCED))
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
      names.add(Numbers.count(inputs.weights(), "weight"));
    }
    return names;
  }
}
