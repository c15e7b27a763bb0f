package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.SystemInfo;
import org.bitref.explain.PairStage;
import org.bitref.explain.Preflight;
import org.bitref.explain.Reading;
import org.bitref.explain.Scope;
import org.bitref.explain.StageReport;
import org.bitref.explain.StageReport.Both;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Recomputed;
import org.bitref.tensor.Widened;

/** An explanation for people: the chain of one pair on one screen, then what backs it. */
final class ExplainText {
  private static final String ONLY_LAYER = "layers.0.";

  /** Pairs that a screen is wide enough for. */
  private static final int PAIRS = 6;

  private final Explanation explanation;
  private final Reading reading;
  private final Chain chain;
  private final boolean oneLayer;
  private final Lines text;

  ExplainText(Explanation explanation, Reading reading, Lines text) {
    this.reading = reading;
    this.text = text;
    this.explanation = explanation;
    this.chain = explanation.chain();
    this.oneLayer = isOneLayer(explanation);
  }

  static boolean isOneLayer(Explanation explanation) {
    return explanation.stages().stream().allMatch(stage -> stage.name().startsWith(ONLY_LAYER));
  }

  void write() {
    head();
    differences();
    answers();
    text.blank();
    otherChains();
    recipes();
    means();
    paragraph(verdict(explanation));
  }

  static String verdict(Explanation explanation) {
    return "Verdict: %s: %s."
        .formatted(Story.verdict(explanation.verdict()), Story.reason(explanation));
  }

  private void paragraph(String words) {
    paragraph(words, "");
  }

  private void paragraph(String words, String indent) {
    text.paragraph(brief(words), indent);
  }

  private String brief(String words) {
    return brief(words, oneLayer);
  }

  /** Of a single layer its number goes without saying. */
  static String brief(String words, boolean oneLayer) {
    return oneLayer ? words.replace(ONLY_LAYER, "") : words;
  }

  private void head() {
    paragraph(
        explanation.systems().stream()
            .map(s -> "%s (%s of %s)".formatted(s.name(), s.recomputed(), s.stages()))
            .collect(Collectors.joining(", ", "systems (stages recomputed): ", "")));
    for (SystemInfo system : explanation.systems()) {
      for (Widened of : system.widened()) {
        paragraph(
            "%s: its file stores values of %s as %s; they are taken as %s"
                .formatted(system.name(), of.held(), of.stored(), of.held()));
      }
    }
    inputs();
    ReadingWords.of(reading).forEach(this::paragraph);
    scope();
    text.blank();
  }

  private void inputs() {
    Preflight inputs = explanation.inputs();
    List<String> shared = Story.shared(inputs);
    if (!inputs.allEqual()) {
      paragraph(
          inputs.checks().stream()
              .filter(check -> !check.allEqual())
              .map(c -> c.input() + " (" + c.equal() + " of " + c.total() + " equal)")
              .collect(Collectors.joining(", ", "inputs: UNEQUAL: ", "")));
    } else if (!inputs.checks().isEmpty()) {
      paragraph("inputs: " + Numbers.count(inputs.checks().size(), "tensor") + ", all equal");
    }
    if (!shared.isEmpty()) {
      paragraph("inputs, one copy for all systems: " + String.join(", ", shared));
    } else if (inputs.checks().isEmpty()) {
      paragraph("inputs: none are in these files; --inputs and --weights give them");
    }
  }

  private void scope() {
    Scope scope = explanation.scope();
    if (!scope.isAll()) {
      paragraph(ScopeWords.of(scope));
      scope.before(chain).ifPresent(before -> paragraph(ScopeWords.unequal(before)));
    }
  }

  private void differences() {
    text.line("A = " + chain.a() + ", B = " + chain.b());
    Table<Both> table =
        Table.of(explanation.along(chain))
            .column("stage", both -> brief(both.stage()).replace("layers.", ""))
            .column("unequal%", StageTables::unequal)
            .column("mean |A-B|", both -> mean(both.pair().mean()))
            .column("inherit%", both -> StageTables.inherited(both.pair(), "no input"))
            .column("own A", both -> StageTables.own(both.a(), "-"))
            .column("own B", both -> StageTables.own(both.b(), "-"))
            .column("gain", both -> StageTables.gain(both.pair(), "-"))
            .column("near", both -> nearer(both.pair()));
    text.table(table);
    paragraph(
        "mean +- its standard error over rows. own: mean absolute error on the system's own"
            + " inputs. gain: growth of the inherited difference relative to its size. near:"
            + " the system with the smaller own error.");
    text.blank();
  }

  private static String nearer(PairStage pair) {
    return pair.nearer().map(one -> one == PairStage.Nearer.SAME ? "=" : one.name()).orElse("-");
  }

  private static String mean(PairStage.MeanDifference mean) {
    double part = mean.standardError() / mean.mean();
    return Numbers.brief(mean.mean())
        + (Double.isFinite(part) ? String.format(Locale.ROOT, "+-%.0f%%", 100 * part) : "");
  }

  private void answers() {
    for (Story.Answer answer : Story.of(explanation, chain).answers()) {
      paragraph(answer.question() + " " + answer.answer());
    }
    explanation.equal().forEach(pair -> paragraph(Story.equal(pair)));
    explanation.along(chain).stream()
        .filter(both -> chain.start().equals(Optional.of(both.stage())))
        .forEach(this::histogram);
  }

  private void histogram(Both start) {
    paragraph(
        start.pair().comparison().ulps().buckets().stream()
            .map(bucket -> bucket.ulp() + ": " + bucket.count())
            .collect(
                Collectors.joining(", ", "ULP between A and B at " + start.stage() + ": ", "")));
  }

  private void otherChains() {
    for (Chain other : explanation.otherChains()) {
      other
          .start()
          .ifPresent(
              start -> paragraph("%s and %s: from %s on.".formatted(other.a(), other.b(), start)));
      Story.of(explanation, other).answers().stream()
          .filter(answer -> answer.question().equals(Story.CAUSE))
          .forEach(answer -> paragraph(answer.answer(), "  "));
    }
    text.blank();
  }

  private void recipes() {
    for (SystemInfo system : explanation.systems()) {
      Map<String, List<String>> lines = new LinkedHashMap<>();
      explanation
          .of(system.name())
          .forEach(
              (name, stage) ->
                  lines.computeIfAbsent(backing(stage), _ -> new ArrayList<>()).add(name));
      text.line(system.name());
      lines.forEach(
          (words, stages) -> {
            paragraph(String.join(" ", stages), "  ");
            paragraph(words, "    ");
          });
    }
    text.blank();
  }

  private static String backing(SystemStage stage) {
    return stage
        .recipe()
        .map(
            recipe -> {
              Recomputed known = stage.recomputed().orElseThrow();
              String inputs = String.join(", ", known.unrounded());
              int ties = known.search().ties().size();
              return "all equal"
                  + (inputs.isEmpty() ? "" : " from unrounded " + inputs)
                  + (ties == 0 ? ": " : ", one of " + ties + " that fit: ")
                  + recipe.text();
            })
        .orElseGet(() -> StageWords.known(stage));
  }

  private void means() {
    List<Chain> pairs = explanation.chains().stream().limit(PAIRS).toList();
    Table<StageReport> table =
        Table.of(explanation.stages()).column("mean |difference|", stage -> brief(stage.name()));
    for (Chain pair : pairs) {
      String number = "(" + (pairs.indexOf(pair) + 1) + ")";
      text.line("%s %s - %s".formatted(number, pair.a(), pair.b()));
      table.column(
          number,
          stage ->
              stage
                  .both(pair.a(), pair.b())
                  .map(both -> Numbers.brief(both.pair().mean().mean()))
                  .orElse("-"));
    }
    text.table(table);
    text.blank();
  }
}
