package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.bitref.cli.console.CommandText;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.words.DeviceWords;
import org.bitref.explain.Cast;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.SystemInfo;
import org.bitref.explain.Preflight;
import org.bitref.explain.Reading;
import org.bitref.explain.Scope;
import org.bitref.explain.StageReport.Both;
import org.bitref.tensor.Widened;

/** An explanation for people, on one screen: the verdict, then the answers. */
final class ExplainText {
  private static final String ONLY_LAYER = "layers.0.";

  /** Pairs, stages and unequal inputs that a screen has room for. */
  private static final int MOST = 4;

  private final Explanation explanation;
  private final Reading reading;
  private final List<String> arguments;
  private final Chain chain;
  private final boolean oneLayer;
  private final int most;
  private final Lines text;

  /**
   * @param arguments that were given, the command first
   * @param all that there is to tell, whether it fits on a screen or not
   */
  ExplainText(
      Explanation explanation, Reading reading, List<String> arguments, boolean all, Lines text) {
    this.explanation = explanation;
    this.reading = reading;
    this.arguments = List.copyOf(arguments);
    this.chain = explanation.chain();
    this.oneLayer = isOneLayer(explanation);
    this.most = all ? Integer.MAX_VALUE : MOST;
    this.text = text;
  }

  static boolean isOneLayer(Explanation explanation) {
    return explanation.stages().stream().allMatch(stage -> stage.name().startsWith(ONLY_LAYER));
  }

  void write() {
    paragraph(verdict(explanation), "");
    text.blank();
    head();
    text.blank();
    if (!explanation.otherChains().isEmpty()) {
      paragraph("The answers are those of %s and %s.".formatted(chain.a(), chain.b()), "");
    }
    for (Story.Answer answer : Story.of(explanation, chain).answers()) {
      text.line(answer.question());
      paragraph(answer.answer(), "  ");
    }
    check();
    otherPairs();
  }

  static String verdict(Explanation explanation) {
    return "Verdict: %s: %s."
        .formatted(Story.verdict(explanation.verdict()), Story.reason(explanation));
  }

  private void paragraph(String words, String indent) {
    text.paragraph(brief(words, oneLayer), indent);
  }

  /** Of a single layer its number goes without saying. */
  static String brief(String words, boolean oneLayer) {
    return oneLayer ? words.replace(ONLY_LAYER, "") : words;
  }

  private void head() {
    List<SystemInfo> systems = explanation.systems();
    paragraph(
        systems.stream()
            .map(s -> "%s (%s of %s)".formatted(s.name(), s.recomputed(), s.stages()))
            .collect(Collectors.joining(", ", "systems (stages recomputed): ", "")),
        "");
    for (SystemInfo system : systems) {
      for (Widened of : system.widened()) {
        paragraph(
            "%s: its file stores values of %s as %s; they are taken as %s"
                .formatted(system.name(), of.held(), of.stored(), of.held()),
            "");
      }
      for (Cast cast : system.casts()) {
        paragraph(
            "%s: rounded to %s before it is stored as %s: %s"
                .formatted(
                    system.name(),
                    cast.types().held(),
                    cast.types().stored(),
                    ReadingWords.some(cast.stages())),
            "");
      }
    }
    systems.forEach(this::foreign);
    inputs();
    ReadingWords.of(reading).forEach(words -> paragraph(words, ""));
    scope();
  }

  /**
   * Stages that nothing which goes with the system's device reproduces, where something else does.
   */
  private void foreign(SystemInfo system) {
    Map<String, List<String>> stages = new LinkedHashMap<>();
    explanation
        .of(system.name())
        .forEach(
            (name, stage) ->
                stage
                    .recipe()
                    .flatMap(recipe -> DeviceWords.only(system.device(), recipe))
                    .ifPresent(
                        words -> stages.computeIfAbsent(words, _ -> new ArrayList<>()).add(name)));
    stages.forEach(
        (words, names) ->
            paragraph(
                "%s: %s, at %s%s"
                    .formatted(
                        system.name(),
                        words,
                        String.join(", ", names.subList(0, Math.min(most, names.size()))),
                        more(names.size())),
                ""));
  }

  private String more(int size) {
    return size > most ? " and " + (size - most) + " more (--details)" : "";
  }

  private void inputs() {
    Preflight inputs = explanation.inputs();
    List<String> shared = Story.shared(inputs);
    if (!inputs.allEqual()) {
      int unequal =
          Math.toIntExact(inputs.checks().stream().filter(check -> !check.allEqual()).count());
      paragraph(
          inputs.checks().stream()
              .filter(check -> !check.allEqual())
              .limit(most)
              .map(ScopeWords::differ)
              .collect(Collectors.joining(", ", "inputs: UNEQUAL: ", more(unequal))),
          "");
    } else if (!inputs.checks().isEmpty()) {
      paragraph("inputs: " + Numbers.count(inputs.checks().size(), "tensor") + ", all equal", "");
    }
    if (!shared.isEmpty()) {
      paragraph("inputs, one copy for all systems: " + String.join(", ", shared), "");
    } else if (inputs.checks().isEmpty()) {
      paragraph("inputs: none are in these files; --inputs and --weights give them", "");
    }
  }

  private void scope() {
    Scope scope = explanation.scope();
    if (!scope.isAll()) {
      paragraph(ScopeWords.of(scope), "");
      scope.before(chain).ifPresent(before -> paragraph(ScopeWords.unequal(before), ""));
    }
  }

  private void check() {
    WhatToChange change = new WhatToChange(explanation);
    change
        .check(arguments)
        .ifPresent(
            again -> {
              text.line("  " + change.beforeCheck());
              CommandText.lines(again, "    ").forEach(text::line);
            });
  }

  /** A line for each pair that is not told. */
  private void otherPairs() {
    List<Chain> others = explanation.otherChains();
    if (!others.isEmpty()) {
      text.line("Other pairs");
      others.stream().limit(most).forEach(other -> paragraph(pair(other), "  "));
      if (others.size() > most) {
        int cut = others.size() - most;
        text.line("  and " + Numbers.count(cut, "more pair") + ": --details shows all");
      }
    }
  }

  private String pair(Chain other) {
    List<Both> stages = explanation.along(other);
    return "%s, %s: ".formatted(other.a(), other.b())
        + other
            .start()
            .map(
                start ->
                    "from %s on; at %s %s"
                        .formatted(
                            start,
                            stages.getLast().stage(),
                            StoryTeller.ofSize(stages.getLast().pair().relative())))
            .orElse("equal in " + Numbers.count(stages.size(), "stage"));
  }
}
