package org.bitref.cli.explain;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bitref.cli.console.CommandText;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Table;
import org.bitref.cli.html.Curve;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Nearness;
import org.bitref.explain.OwnErrors.Nearer;
import org.bitref.explain.StageReport.Both;

/** What a page says of one pair of systems: the answers, then the stages. */
record PairPanel(Markup page, ExplainReport report, Chain chain, UnaryOperator<String> brief) {
  void write() {
    Explanation explanation = report.explanation();
    page.element("p", "A ● = " + chain.a() + ", B ◆ = " + chain.b());
    page.open("div", "class", "story");
    page.open("div");
    page.element("h3", "Answers");
    answers(explanation);
    if (chain.equals(explanation.chain())) {
      check(explanation);
    }
    page.close();
    page.open("div");
    curve(explanation.along(chain));
    nearness(explanation.nearness(chain));
    page.close();
    page.close();
    page.element("h3", "Stage by stage");
    LayerTables.write(page, explanation, chain, brief);
    page.element("h3", "Where the differences lie");
    StageFigures.write(page, explanation.along(chain), brief);
  }

  private void answers(Explanation explanation) {
    page.open("dl");
    for (Story.Answer answer : Story.of(explanation, chain).answers()) {
      page.element("dt", answer.question());
      page.element("dd", brief.apply(answer.answer()));
    }
    page.close();
    if (chain.start().isEmpty()) {
      page.element("p", "There is no difference to ask about.");
    }
  }

  private void check(Explanation explanation) {
    WhatToChange change = new WhatToChange(explanation);
    change
        .check(report.arguments())
        .ifPresent(
            again -> {
              page.element("p", change.beforeCheck());
              page.element("pre", CommandText.of(again));
            });
  }

  private void curve(List<Both> stages) {
    if (stages.size() > 1) {
      page.element("h3", "The difference along the stages");
      new Curve(
              "A − B over A, root mean squares, stage by stage",
              "stages in the order of computation",
              stages.stream().map(stage -> mark(stage.stage())).toList(),
              List.of(
                  Curve.Series.of(
                      "A − B of its size, root mean square",
                      stages.stream().map(stage -> stage.pair().relative()).toList())))
          .write(page);
    }
  }

  /** A short name: of the point of a curve there is room for no more. */
  private static String mark(String stage) {
    String[] parts = stage.split("\\.", -1);
    return parts.length > 2 ? parts[1] + "." + parts[2] : stage;
  }

  private void nearness(List<Nearness> groups) {
    if (!groups.isEmpty()) {
      page.element("h3", "Who is nearer the exact result");
      Table.of(groups)
          .column("group", group -> WhatToChange.name(group.group()))
          .column("nearer", group -> nearer(group.nearer()))
          .column("factor", PairPanel::factor)
          .column("stages", group -> group.stages().size())
          .html(page);
    }
  }

  private String nearer(Nearer nearer) {
    return switch (nearer) {
      case A -> "A ● " + chain.a();
      case B -> "B ◆ " + chain.b();
      case SAME -> "a tie";
    };
  }

  private static String factor(Nearness group) {
    return Optional.of(group)
        .filter(one -> one.nearer() != Nearer.SAME)
        .map(
            one ->
                Double.isInfinite(one.factor())
                    ? "inf"
                    : String.format(Locale.ROOT, "%.3g", one.factor()))
        .orElse("–");
  }
}
