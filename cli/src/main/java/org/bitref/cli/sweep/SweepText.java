package org.bitref.cli.sweep;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.console.Table;
import org.bitref.experiment.Ranked;
import org.bitref.experiment.SweepResult;
import org.bitref.explain.CapturedStages.Bridged;

/** A sweep for people: the ranking, a matrix of each system, what comes nearest to each stage. */
final class SweepText {
  /** Columns of a matrix that fit beside a stage's name. */
  private static final int COLUMNS = 14;

  private final SweepReport report;
  private final StringBuilder text = new StringBuilder();

  SweepText(SweepReport report) {
    this.report = report;
  }

  @Override
  public String toString() {
    ranking("all systems", report.ranking());
    if (report.systems().size() > 1) {
      report.systems().forEach(system -> ranking(system.system(), system.ranking()));
    }
    for (int from = 0; from < report.hypotheses().size(); from += COLUMNS) {
      matrices(from);
    }
    text.append(
        Paragraph.of(
            "Of a matrix: equal outputs in percent, rounded down; a number in brackets is a"
                + " hypothesis in the list above. Means, maxima and ULP: --format json.",
            ""));
    nearest();
    bridged();
    return text.toString();
  }

  private void ranking(String system, List<Ranked> ranking) {
    Table<Ranked> table =
        Table.of(ranking)
            .column("hypothesis, " + system, Ranked::hypothesis)
            .column("whole", Ranked::explained)
            .column("cells", Ranked::cells)
            .column("equal%", r -> Numbers.percent(r.equal(), r.total()))
            .column("mean abs", r -> Numbers.brief(r.meanAbs()));
    text.append(table).append('\n');
  }

  private void matrices(int from) {
    List<String> shown =
        report.hypotheses().subList(from, Math.min(from + COLUMNS, report.hypotheses().size()));
    List<String> numbers = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < shown.size(); i++) {
      numbers.add("(" + (from + i + 1) + ")");
      names.add(numbers.getLast() + " " + shown.get(i));
    }
    text.append(Paragraph.of(String.join("; ", names), ""));
    for (SweepResult.OfSystem system : report.systems()) {
      matrix(system.system(), shown, numbers);
    }
  }

  private void matrix(String system, List<String> shown, List<String> numbers) {
    Map<String, Map<String, SweepReport.Line>> stages = new LinkedHashMap<>();
    for (SweepReport.Line cell : report.cells()) {
      if (cell.system().equals(system) && shown.contains(cell.hypothesis())) {
        stages.computeIfAbsent(cell.stage(), _ -> new HashMap<>()).put(cell.hypothesis(), cell);
      }
    }
    if (!stages.isEmpty()) {
      Table<String> table =
          Table.of(List.copyOf(stages.keySet()))
              .column(system, stage -> stage.replace("layers.", ""));
      for (int i = 0; i < shown.size(); i++) {
        String hypothesis = shown.get(i);
        table.column(numbers.get(i), stage -> percent(stages.get(stage).get(hypothesis)));
      }
      text.append(table).append('\n');
    }
  }

  private static String percent(SweepReport.Line cell) {
    return cell == null ? "-" : String.valueOf(100 * cell.equal() / Math.max(1, cell.total()));
  }

  private void nearest() {
    text.append("\nNearest recipe of each stage\n");
    Map<String, List<String>> stages = new LinkedHashMap<>();
    for (SweepReport.Nearest best : report.best()) {
      String evidence =
          best.equal() == best.total()
              ? "all equal"
              : Numbers.percent(best.equal(), best.total()) + "% equal";
      stages
          .computeIfAbsent(best.stage(), ignored -> new ArrayList<>())
          .add(
              "%s: %s: %s (%s)"
                  .formatted(
                      best.system(),
                      evidence,
                      best.recipe(),
                      String.join("; ", best.hypotheses())));
    }
    stages.forEach(
        (stage, lines) -> {
          text.append(stage).append('\n');
          lines.forEach(line -> text.append(Paragraph.of(line, "  ")));
        });
  }

  private void bridged() {
    for (Bridged stage : report.bridged()) {
      text.append(
          Paragraph.of(
              "Bridged: %s of %s: %s.".formatted(stage.stage(), stage.system(), stage.reason()),
              ""));
    }
  }
}
