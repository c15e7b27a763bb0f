package org.bitref.cli.explain;

import java.util.List;
import org.bitref.cli.console.CommandText;
import org.bitref.cli.console.Markdown;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;
import org.bitref.cli.console.Version;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.SystemInfo;
import org.bitref.explain.Preflight;
import org.bitref.recipe.Device;

/** An explanation to paste into an issue: the answers, then every stage folded up. */
final class ExplainMarkdown {
  /** Longer texts of a file about itself are left out. */
  private static final int SHORT = 200;

  private final ExplainReport report;
  private final Explanation explanation;
  private final boolean oneLayer;
  private final Markdown text;

  private ExplainMarkdown(ExplainReport report, Markdown text) {
    this.report = report;
    this.explanation = report.explanation();
    this.oneLayer = ExplainText.isOneLayer(explanation);
    this.text = text;
  }

  static void write(ExplainReport report, Markdown text) {
    new ExplainMarkdown(report, text).write();
  }

  private void write() {
    text.heading("bitref explain: " + report.verdict());
    text.paragraph("Verdict:", brief(Story.reason(explanation)) + ".");
    inputs();
    for (Story.Answer answer : Story.of(explanation, explanation.chain()).answers()) {
      text.paragraph(answer.question(), brief(answer.answer()));
    }
    WhatToChange change = new WhatToChange(explanation);
    change
        .check(report.arguments())
        .ifPresent(
            again -> {
              text.paragraph(change.beforeCheck());
              text.code(String.join("\n", CommandText.lines(again, "")));
            });
    if (explanation.isCompared()) {
      text.folded("Stage by stage", this::stages);
    }
    text.folded("Systems and command", this::origin);
  }

  private String brief(String words) {
    return ExplainText.brief(words, oneLayer);
  }

  private void inputs() {
    Preflight inputs = explanation.inputs();
    if (!inputs.allEqual()) {
      text.paragraph("Inputs are unequal:", "");
      text.table(
          Table.of(inputs.checks().stream().filter(check -> !check.allEqual()).toList())
              .column("input", Preflight.Check::input)
              .column("equal", Preflight.Check::equal)
              .column("of", Preflight.Check::total));
    } else if (!inputs.checks().isEmpty()) {
      text.paragraph("Inputs:", Numbers.count(inputs.checks().size(), "tensor") + ", all equal.");
    }
  }

  private void stages() {
    Chain chain = explanation.chain();
    text.paragraph("A is " + chain.a() + ", B is " + chain.b() + ".");
    text.table(DetailsText.differences(explanation, this::brief));
  }

  private void origin() {
    text.table(
        Table.of(explanation.systems())
            .column("system", SystemInfo::name)
            .column("stages", SystemInfo::stages)
            .column("recomputed", SystemInfo::recomputed)
            .column("computed on", ExplainMarkdown::device)
            .column("says of itself", ExplainMarkdown::origin));
    text.code(CommandText.of(report.arguments()));
    text.paragraph("bitref " + Version.BITREF + ", commit " + Version.COMMIT + ".");
  }

  private static String device(SystemInfo system) {
    return system.device() == Device.UNKNOWN ? "" : system.device().word();
  }

  private static String origin(SystemInfo system) {
    List<String> known =
        system.provenance().entrySet().stream()
            .filter(entry -> entry.getValue().length() <= SHORT)
            .map(entry -> entry.getKey() + " = " + entry.getValue())
            .sorted()
            .toList();
    return String.join(", ", known);
  }
}
