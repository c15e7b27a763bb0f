package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;
import org.bitref.cli.words.DeviceWords;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.SystemInfo;
import org.bitref.explain.OwnErrors.Nearer;
import org.bitref.explain.PairStage;
import org.bitref.explain.StageReport;
import org.bitref.explain.StageReport.Both;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Recomputed;
import org.bitref.recipe.Device;

/** What backs an explanation: every stage, every recipe, every pair. */
final class DetailsText {
  /** Pairs that a screen is wide enough for. */
  private static final int PAIRS = 6;

  private final Explanation explanation;
  private final Chain chain;
  private final boolean oneLayer;
  private final Lines text;

  DetailsText(Explanation explanation, Lines text) {
    this.explanation = explanation;
    this.chain = explanation.chain();
    this.oneLayer = ExplainText.isOneLayer(explanation);
    this.text = text;
  }

  void write() {
    differences();
    explanation.along(chain).stream()
        .filter(both -> chain.start().equals(Optional.of(both.stage())))
        .forEach(this::histogram);
    text.blank();
    otherChains();
    recipes();
    means();
  }

  private void paragraph(String words, String indent) {
    text.paragraph(brief(words), indent);
  }

  private String brief(String words) {
    return ExplainText.brief(words, oneLayer);
  }

  private void differences() {
    text.line("A = " + chain.a() + ", B = " + chain.b());
    text.table(differences(explanation, stage -> brief(stage).replace("layers.", "")));
    text.paragraph(
        "mean +- its standard error over rows. own: mean absolute error on the system's own"
            + " inputs. gain: growth of the inherited difference relative to its size. near:"
            + " the system with the smaller own error.");
    text.blank();
  }

  /** Every stage of the pair that is told. */
  static Table<Both> differences(Explanation explanation, UnaryOperator<String> brief) {
    return Table.of(explanation.along(explanation.chain()))
        .column("stage", both -> brief.apply(both.stage()))
        .column("unequal%", StageTables::unequal)
        .column("mean |A-B|", both -> mean(both.pair().mean()))
        .column("inherit%", both -> StageTables.inherited(both.pair(), "no input"))
        .column("own A", both -> StageTables.own(both.a(), "-"))
        .column("own B", both -> StageTables.own(both.b(), "-"))
        .column("gain", both -> StageTables.gain(both.pair(), "-"))
        .column("near", both -> nearer(both.pair()));
  }

  private static String nearer(PairStage pair) {
    return pair.nearer().map(one -> one == Nearer.SAME ? "=" : one.name()).orElse("-");
  }

  private static String mean(PairStage.MeanDifference mean) {
    double part = mean.standardError() / mean.mean();
    return Numbers.brief(mean.mean())
        + (Double.isFinite(part) ? String.format(Locale.ROOT, "+-%.0f%%", 100 * part) : "");
  }

  private void histogram(Both start) {
    text.paragraph(
        start.pair().comparison().ulps().buckets().stream()
            .map(bucket -> bucket.ulp() + ": " + bucket.count())
            .collect(
                Collectors.joining(
                    ", ", "ULP between A and B at " + brief(start.stage()) + ": ", "")));
  }

  /** What explains other pairs. */
  private void otherChains() {
    for (Chain other : explanation.otherChains()) {
      Story.of(explanation, other).answers().stream()
          .filter(answer -> answer.question().equals(Story.CAUSE))
          .forEach(
              answer -> {
                text.line(other.a() + " and " + other.b());
                paragraph(answer.answer(), "  ");
              });
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
                  lines
                      .computeIfAbsent(backing(stage, system.device()), _ -> new ArrayList<>())
                      .add(name));
      text.line(system.name() + DeviceWords.computedOn(system.device()));
      lines.forEach(
          (words, stages) -> {
            paragraph(String.join(" ", stages), "  ");
            paragraph(words, "    ");
          });
    }
    text.blank();
  }

  private static String backing(SystemStage stage, Device device) {
    return stage
        .recipe()
        .map(
            recipe -> {
              Recomputed known = stage.recomputed().orElseThrow();
              String inputs = String.join(", ", known.unrounded());
              int fits = known.search().fits(device);
              return "all equal"
                  + (inputs.isEmpty() ? "" : " from unrounded " + inputs)
                  + (fits == 1 ? ": " : ", one of " + fits + " that fit: ")
                  + recipe.text();
            })
        .orElseGet(() -> StageWords.known(stage));
  }

  private void means() {
    List<Chain> pairs = explanation.chains();
    for (int i = 0; i < pairs.size(); i += PAIRS) {
      means(pairs, i, Math.min(i + PAIRS, pairs.size()));
    }
  }

  private void means(List<Chain> pairs, int from, int to) {
    Table<StageReport> table =
        Table.of(explanation.stages()).column("mean |difference|", stage -> brief(stage.name()));
    for (int i = from; i < to; i++) {
      Chain pair = pairs.get(i);
      String number = "(" + (i + 1) + ")";
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
