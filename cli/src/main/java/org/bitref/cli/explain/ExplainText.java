package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.console.Table;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.EqualPair;
import org.bitref.explain.Explanation.SystemInfo;
import org.bitref.explain.PairStage;
import org.bitref.explain.Preflight;
import org.bitref.explain.StageReport;
import org.bitref.explain.SystemStage;
import org.bitref.explain.SystemStage.Status;

/** An explanation for people: the chain of one pair on one screen, then what backs it. */
final class ExplainText {
  private final ExplainReport report;
  private final Explanation explanation;
  private final Chain chain;
  private final StringBuilder text = new StringBuilder();

  ExplainText(ExplainReport report) {
    this.report = report;
    this.explanation = report.explanation();
    this.chain = explanation.chain();
  }

  @Override
  public String toString() {
    head();
    chain();
    recipes();
    means();
    answers();
    paragraph("Verdict: " + report.verdict() + ". " + explanation.reason() + ".");
    return text.toString();
  }

  private void line(String line) {
    text.append(line).append('\n');
  }

  private void paragraph(String words) {
    text.append(Paragraph.of(words, ""));
  }

  private void head() {
    List<String> systems = new ArrayList<>();
    for (SystemInfo system : explanation.systems()) {
      systems.add(
          "%s (%d of %d stages recomputed)"
              .formatted(system.name(), system.recomputed(), system.stages()));
    }
    paragraph("Systems: " + String.join(", ", systems));
    Preflight inputs = explanation.inputs();
    List<String> unequal =
        inputs.checks().stream()
            .filter(check -> !check.allEqual())
            .map(c -> c.input() + " (" + c.equal() + " of " + c.total() + " equal)")
            .toList();
    if (!unequal.isEmpty()) {
      paragraph("Inputs:  UNEQUAL: " + String.join(", ", unequal));
    } else if (!inputs.checks().isEmpty()) {
      paragraph("Inputs:  " + Numbers.count(inputs.checks().size(), "tensor") + ", all equal");
    } else {
      paragraph("Inputs:  one copy for all systems: " + String.join(", ", inputs.shared()));
    }
    line("");
  }

  private void chain() {
    line("A = " + chain.a() + ", B = " + chain.b());
    Table table =
        new Table(
            "stage", "unequal%", "maxULP", "mean|A-B|", "inherit%", "own A", "own B", "gain", "near");
    for (StageReport stage : explanation.stages()) {
      PairStage pair = pair(stage, chain.a(), chain.b());
      if (pair != null) {
        row(table, stage, pair);
      }
    }
    line(table.toString());
    line("own: rms error on the system's own inputs, in ULP. gain: of the inherited");
    line("difference relative to its size. near: nearer the exact result on its own inputs.");
    line("");
  }

  private void row(Table table, StageReport stage, PairStage pair) {
    PairStage.Cause cause = pair.cause();
    long total = pair.comparison().total();
    String nearer = pair.nearer();
    table.row(
        stage.name(),
        Numbers.percent(total - pair.comparison().equal(), total),
        Numbers.ulps(pair.comparison().maxUlp()),
        Numbers.brief(pair.mean().mean()),
        cause == null ? "bridged" : fixed(100 * cause.inheritedShare(), 1),
        own(stage, pair.a()),
        own(stage, pair.b()),
        cause == null || cause.gain() == null ? "-" : fixed(cause.gain(), 2),
        nearer == null ? "-" : nearer.equals("same") ? "=" : nearer.equals(chain.a()) ? "A" : "B");
  }

  private static String own(StageReport stage, String system) {
    for (SystemStage s : stage.systems()) {
      if (s.system().equals(system)) {
        return s.ownError() == null ? "-" : fixed(s.ownError().rmsUlp(), 2);
      }
    }
    return "-";
  }

  private static String fixed(double x, int digits) {
    return x >= 1e4 ? Numbers.brief(x) : String.format(Locale.ROOT, "%." + digits + "f", x);
  }

  private static PairStage pair(StageReport stage, String a, String b) {
    return stage.pairs().stream()
        .filter(p -> p.a().equals(a) && p.b().equals(b) || p.a().equals(b) && p.b().equals(a))
        .findFirst()
        .orElse(null);
  }

  private void recipes() {
    for (SystemInfo system : explanation.systems()) {
      Map<String, List<String>> lines = new LinkedHashMap<>();
      for (StageReport stage : explanation.stages()) {
        for (SystemStage s : stage.systems()) {
          if (s.system().equals(system.name())) {
            lines.computeIfAbsent(backing(s), ignored -> new ArrayList<>()).add(stage.name());
          }
        }
      }
      line(system.name());
      lines.forEach(
          (words, stages) -> {
            text.append(Paragraph.of(String.join(" ", stages) + ":", "  "));
            text.append(Paragraph.of(words, "    "));
          });
    }
    line("");
  }

  private static String backing(SystemStage s) {
    String from =
        s.unrounded().isEmpty() ? "" : " from " + String.join(", ", s.unrounded()) + " unrounded";
    String ties =
        s.identification() == null || s.identification().ties().isEmpty()
            ? ""
            : " [one of " + s.identification().ties().size() + " that fit]";
    return s.status() == Status.REPRODUCED
        ? "all outputs equal" + from + ": " + s.identification().best().getFirst().recipe().text()
            + ties
        : s.status().name().toLowerCase(Locale.ROOT) + ": " + s.reason();
  }

  private void means() {
    Table table = new Table("mean |difference|", "A", "B", "mean", "standard error");
    for (StageReport stage : explanation.stages()) {
      for (PairStage pair : stage.pairs()) {
        table.row(
            stage.name(),
            pair.a(),
            pair.b(),
            Numbers.brief(pair.mean().mean()),
            Numbers.brief(pair.mean().standardError()));
      }
    }
    line(table.toString());
  }

  private void answers() {
    for (EqualPair equal : explanation.equal()) {
      paragraph(
          "%s and %s are equal in all %d outputs of %s."
              .formatted(equal.a(), equal.b(), equal.outputs(), String.join(", ", equal.stages())));
    }
    for (Chain.Answer answer : chain.answers()) {
      paragraph(answer.question() + " " + answer.answer());
    }
  }
}
