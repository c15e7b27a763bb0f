package org.bitref.cli.sweep;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;
import org.bitref.cli.explain.StageWords;
import org.bitref.experiment.Cell;
import org.bitref.experiment.Cell.Difference;
import org.bitref.experiment.SweepResult;
import org.bitref.experiment.SweepResult.Ranked;
import org.bitref.explain.CapturedStage.Lacking;

/** A sweep for people: the ranking, a matrix of each system, what comes nearest to each stage. */
final class SweepText {
  /** Columns of a matrix that fit beside a stage's name. */
  private static final int COLUMNS = 14;

  private final SweepResult result;
  private final Lines text;

  SweepText(SweepResult result, Lines text) {
    this.result = result;
    this.text = text;
  }

  void write() {
    ranking("all systems", result.ranking());
    if (result.systems().size() > 1) {
      result.systems().forEach(system -> ranking(system.system(), system.ranking()));
    }
    for (int from = 0; from < result.hypotheses().size(); from += COLUMNS) {
      matrices(from);
    }
    text.paragraph(
        "Of a matrix: equal outputs in percent, rounded down; a number in brackets is a"
            + " hypothesis in the list above. Means, maxima and ULP: --format json.");
    nearest();
    lacking();
  }

  private void ranking(String system, List<Ranked> ranking) {
    Table<Ranked> table =
        Table.of(ranking)
            .column("hypothesis, " + system, Ranked::hypothesis)
            .column("whole", Ranked::explained)
            .column("cells", Ranked::cells)
            .column("equal%", r -> Numbers.percent(r.equal(), r.total()))
            .column("mean abs", r -> Numbers.brief(r.meanAbs()));
    text.table(table);
    text.blank();
  }

  private void matrices(int from) {
    List<String> shown =
        result.hypotheses().subList(from, Math.min(from + COLUMNS, result.hypotheses().size()));
    List<String> numbers = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < shown.size(); i++) {
      numbers.add("(" + (from + i + 1) + ")");
      names.add(numbers.getLast() + " " + shown.get(i));
    }
    text.paragraph(String.join("; ", names));
    for (SweepResult.OfSystem system : result.systems()) {
      matrix(system.system(), shown, numbers);
    }
  }

  private void matrix(String system, List<String> shown, List<String> numbers) {
    Map<String, Map<String, Difference>> stages = new LinkedHashMap<>();
    for (Cell cell : result.cells()) {
      Cell.Planned planned = cell.planned();
      if (planned.system().equals(system) && shown.contains(planned.hypothesis())) {
        stages
            .computeIfAbsent(planned.stage(), _ -> new HashMap<>())
            .put(planned.hypothesis(), cell.difference());
      }
    }
    if (!stages.isEmpty()) {
      Table<String> table =
          Table.of(List.copyOf(stages.keySet()))
              .column(system, stage -> stage.replace("layers.", ""));
      for (int i = 0; i < shown.size(); i++) {
        String hypothesis = shown.get(i);
        table.column(numbers.get(i), stage -> percent(stages.get(stage), hypothesis));
      }
      text.table(table);
      text.blank();
    }
  }

  private static String percent(Map<String, Difference> cells, String hypothesis) {
    return Optional.ofNullable(cells.get(hypothesis))
        .map(d -> String.valueOf(100 * d.equal() / Math.max(1, d.total())))
        .orElse("-");
  }

  private void nearest() {
    text.blank();
    text.line("Nearest recipe of each stage");
    Map<String, List<String>> stages = new LinkedHashMap<>();
    for (SweepResult.Best best : result.best()) {
      Difference d = best.difference();
      String evidence =
          d.explained() ? "all equal" : Numbers.percent(d.equal(), d.total()) + "% equal";
      String hypotheses = String.join("; ", best.hypotheses());
      stages
          .computeIfAbsent(best.stage(), _ -> new ArrayList<>())
          .add("%s: %s: %s (%s)".formatted(best.system(), evidence, best.recipe(), hypotheses));
    }
    stages.forEach(
        (stage, lines) -> {
          text.line(stage);
          lines.forEach(line -> text.paragraph(line, "  "));
        });
  }

  private void lacking() {
    for (Lacking stage : result.lacking()) {
      text.paragraph(
          "Input not captured: %s of %s: %s."
              .formatted(stage.stage(), stage.system(), StageWords.gap(stage.gap())));
    }
  }
}
