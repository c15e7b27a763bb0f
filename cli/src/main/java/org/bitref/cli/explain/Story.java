package org.bitref.cli.explain;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bitref.cli.console.Json;
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
 * @param answers of the chain to read first, what to change is the last
 */
record Story(@JsonUnwrapped Chain chain, List<Answer> answers) {
  /** Of what is asked, what other pairs than the first are told. */
  static final String CAUSE = "What explains it?";

  static final String CHANGE = "What to change?";

  static final String SAME = "Did both start from the same?";

  /** A question and the answer to it. */
  record Answer(String question, String answer) {}

  static Story of(Explanation explanation, Chain chain) {
    List<Answer> answers = new ArrayList<>();
    if (chain.start().isPresent()) {
      answers.addAll(
          new StoryTeller(
                  explanation.inputs(),
                  explanation.scope().before(chain),
                  chain,
                  explanation.along(chain),
                  explanation.nearness(chain),
                  explanation::device)
              .all());
    }
    if (chain.equals(explanation.chain())) {
      answers.add(
          new Answer(
              CHANGE,
              new WhatToChange(explanation)
                  .advice().stream().map(Advice::text).collect(Collectors.joining(" "))));
    }
    return new Story(chain, answers);
  }

  /** The verdict as reports spell it. */
  static String verdict(Conclusion verdict) {
    return Json.token(verdict);
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
    List<String> counts = new ArrayList<>();
    count(explanation, Status.REPRODUCED, "%s reproduced to the last bit by recipes")
        .ifPresent(counts::add);
    count(explanation, Status.BOUNDED, "%s inside a derived bound").ifPresent(counts::add);
    count(explanation, Status.FOLLOWS, "%s as near to what was captured before as roundings allow")
        .ifPresent(counts::add);
    count(explanation, Status.INPUT_NOT_CAPTURED, "%s of which an input was not captured")
        .ifPresent(counts::add);
    return "the systems differ by rounding only, in all stages that %s: %s"
        .formatted(
            explanation.scope().isAll()
                ? "could be recomputed"
                : "were looked at and could be recomputed",
            String.join(", ", counts));
  }

  private static Optional<String> count(Explanation explanation, Status status, String words) {
    long stages = explanation.count(status);
    return stages == 0
        ? Optional.empty()
        : Optional.of(words.formatted(Numbers.count(stages, "stage")));
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
