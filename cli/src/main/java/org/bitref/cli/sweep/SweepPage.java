package org.bitref.cli.sweep;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;
import org.bitref.cli.explain.StageWords;
import org.bitref.cli.html.Facts;
import org.bitref.cli.html.Page;
import org.bitref.cli.html.Tabs;
import org.bitref.experiment.Cell;
import org.bitref.experiment.Cell.Difference;
import org.bitref.experiment.SweepResult;
import org.bitref.experiment.SweepResult.Ranked;

/**
 * A sweep as a web page: the ranking, and of each system a matrix of stages and hypotheses.
 *
 * @param files what was read, with its devices
 * @param arguments of the command, itself first
 */
record SweepPage(SweepResult result, List<Facts.Fact> files, List<String> arguments) {
  private static final int SHADES = 9;

  @Override
  public String toString() {
    Markup page = new Markup();
    result.ranking().stream().findFirst().ifPresent(first -> best(page, first));
    Facts.write(page, arguments, files);
    page.element("h2", "Ranking");
    ranking(page, result.ranking());
    Tabs.open(page);
    for (SweepResult.OfSystem system : result.systems()) {
      Tabs.section(page, system.system(), () -> system(page, system));
    }
    page.close();
    nearest(page);
    return Page.of("bitref sweep", page);
  }

  private void best(Markup page, Ranked first) {
    Page.verdict(
        page,
        first.explained() == first.cells() ? "identified" : "ambiguous",
        "Best of %s tried: %s, which gives every output of %s of %s."
            .formatted(
                result.hypotheses().size(),
                first.hypothesis(),
                first.explained(),
                Numbers.count(first.cells(), "cell")));
  }

  private static void ranking(Markup page, List<Ranked> ranking) {
    Table.of(ranking)
        .column("hypothesis", Ranked::hypothesis)
        .column("whole", Ranked::explained)
        .column("cells", Ranked::cells)
        .column("equal %", r -> Numbers.percent(r.equal(), r.total()))
        .column("mean abs", r -> Numbers.brief(r.meanAbs()))
        .html(page);
  }

  private void system(Markup page, SweepResult.OfSystem system) {
    Map<String, Map<String, Difference>> stages = new LinkedHashMap<>();
    for (Cell cell : result.cells()) {
      if (cell.planned().system().equals(system.system())) {
        stages
            .computeIfAbsent(cell.planned().stage(), _ -> new HashMap<>())
            .put(cell.planned().hypothesis(), cell.difference());
      }
    }
    Table<String> matrix = Table.of(List.copyOf(stages.keySet())).column("stage", stage -> stage);
    for (String hypothesis : result.hypotheses()) {
      matrix.column(
          hypothesis,
          _ -> "",
          (_, stage) -> cell(page, Optional.ofNullable(stages.get(stage).get(hypothesis))));
    }
    matrix.html(page);
    page.element(
        "p",
        "Equal outputs in percent, rounded down; the stronger the shade, the more. ✔: all of them."
            + " –: the hypothesis says nothing of the stage.",
        "class",
        "note");
    if (result.systems().size() > 1) {
      page.element("h3", "Ranking in " + system.system());
      ranking(page, system.ranking());
    }
  }

  private static void cell(Markup page, Optional<Difference> difference) {
    if (difference.isEmpty()) {
      page.element("td", "–");
      return;
    }
    Difference d = difference.get();
    int shade = Math.toIntExact(SHADES * d.equal() / Math.max(1, d.total()));
    String words = Numbers.percent(d.equal(), d.total()) + (d.explained() ? " ✔" : "");
    page.element(
        "td",
        words,
        "class",
        "cell" + shade,
        "title",
        "%s of %s equal, mean %s, at most %s, %s ULP"
            .formatted(
                d.equal(),
                d.total(),
                Numbers.brief(d.meanAbs()),
                Numbers.brief(d.maxAbs()),
                Numbers.ulps(d.maxUlp())));
  }

  private void nearest(Markup page) {
    page.element("h2", "Nearest recipe of each stage");
    Table.of(result.best())
        .column("stage", SweepResult.Best::stage)
        .column("system", SweepResult.Best::system)
        .column("equal", best -> best.difference().equal())
        .column("of", best -> best.difference().total())
        .words("recipe", SweepResult.Best::recipe)
        .words("hypotheses", best -> String.join("; ", best.hypotheses()))
        .html(page);
    result
        .lacking()
        .forEach(
            stage ->
                page.element(
                    "p",
                    "Input not captured: %s of %s: %s."
                        .formatted(stage.stage(), stage.system(), StageWords.gap(stage.gap()))));
  }
}
