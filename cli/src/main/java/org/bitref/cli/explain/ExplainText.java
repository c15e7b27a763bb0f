package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.console.Table;
import org.bitref.compare.TensorComparison;
import org.bitref.compare.UlpHistogram;
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
  private static final String ONLY_LAYER = "layers.0.";

  private final Explanation explanation;
  private final Chain chain;
  private final boolean oneLayer;
  private final StringBuilder text = new StringBuilder();

  ExplainText(Explanation explanation) {
    this.explanation = explanation;
    this.chain = explanation.chain();
    this.oneLayer =
        explanation.stages().stream().allMatch(stage -> stage.name().startsWith(ONLY_LAYER));
  }

  @Override
  public String toString() {
    head();
    differences();
    answers();
    line("");
    otherChains();
    recipes();
    means();
    paragraph(
        "Verdict: "
            + explanation.verdict().name().toLowerCase(Locale.ROOT)
            + ": "
            + explanation.reason()
            + ".");
    return text.toString();
  }

  private void line(String line) {
    text.append(line).append('\n');
  }

  private void paragraph(String words) {
    text.append(Paragraph.of(brief(words), ""));
  }

  /** Of a single layer its number goes without saying. */
  private String brief(String words) {
    return oneLayer ? words.replace(ONLY_LAYER, "") : words;
  }

  private void head() {
    List<String> systems = new ArrayList<>();
    for (SystemInfo system : explanation.systems()) {
      systems.add("%s (%d of %d)".formatted(system.name(), system.recomputed(), system.stages()));
    }
    paragraph("systems (stages recomputed): " + String.join(", ", systems));
    Preflight inputs = explanation.inputs();
    List<String> unequal =
        inputs.checks().stream()
            .filter(check -> !check.allEqual())
            .map(c -> c.input() + " (" + c.equal() + " of " + c.total() + " equal)")
            .toList();
    if (!unequal.isEmpty()) {
      paragraph("inputs: UNEQUAL: " + String.join(", ", unequal));
    } else if (inputs.checks().isEmpty()) {
      paragraph("inputs, one copy for all systems: " + String.join(", ", inputs.shared()));
    } else {
      paragraph("inputs: " + Numbers.count(inputs.checks().size(), "tensor") + ", all equal");
    }
    line("");
  }

  private void differences() {
    line("A = " + chain.a() + ", B = " + chain.b());
    List<StageReport> compared = new ArrayList<>(explanation.stages());
    compared.removeIf(stage -> pair(stage) == null);
    Table<StageReport> table =
        Table.of(compared)
            .column("stage", stage -> brief(stage.name()).replace("layers.", ""))
            .column("unequal%", stage -> unequal(pair(stage).comparison()))
            .column("mean |A-B|", stage -> mean(pair(stage).mean()))
            .column("inherit%", stage -> inherited(pair(stage).cause()))
            .column("own A", stage -> own(stage.system(chain.a())))
            .column("own B", stage -> own(stage.system(chain.b())))
            .column("gain", stage -> gain(pair(stage).cause()))
            .column("near", stage -> nearer(pair(stage).nearer()));
    text.append(table);
    paragraph(
        "mean +- its standard error over rows. own: mean absolute error on the system's own"
            + " inputs. gain: growth of the inherited difference relative to its size. near:"
            + " the system with the smaller own error.");
    line("");
  }

  private PairStage pair(StageReport stage) {
    return stage.pair(chain.a(), chain.b());
  }

  private static String unequal(TensorComparison c) {
    return Numbers.percent(c.total() - c.equal(), c.total());
  }

  private static String inherited(PairStage.Cause cause) {
    return cause == null ? "bridged" : fixed(100 * cause.inheritedShare(), 1);
  }

  private static String gain(PairStage.Cause cause) {
    return cause == null || cause.gain() == null ? "-" : fixed(cause.gain(), 2);
  }

  private String nearer(String nearer) {
    return nearer == null
        ? "-"
        : nearer.equals("same") ? "=" : nearer.equals(chain.a()) ? "A" : "B";
  }

  private static String mean(PairStage.MeanDifference mean) {
    double part = mean.standardError() / mean.mean();
    return Numbers.brief(mean.mean())
        + (Double.isFinite(part) ? String.format(Locale.ROOT, "+-%.0f%%", 100 * part) : "");
  }

  private static String own(SystemStage system) {
    return system.ownError() == null ? "-" : Numbers.brief(system.ownError().meanAbs());
  }

  private static String fixed(double x, int digits) {
    return x >= 1e4 ? Numbers.brief(x) : String.format(Locale.ROOT, "%." + digits + "f", x);
  }

  private void answers() {
    for (Chain.Answer answer : chain.answers()) {
      paragraph(answer.question() + " " + answer.answer());
    }
    for (EqualPair equal : explanation.equal()) {
      paragraph(
          "%s and %s are equal in all %d outputs of %s."
              .formatted(equal.a(), equal.b(), equal.outputs(), String.join(", ", equal.stages())));
    }
    if (chain.start() != null) {
      histogram(chain.start());
    }
  }

  private void histogram(String name) {
    for (StageReport stage : explanation.stages()) {
      if (stage.name().equals(name)) {
        List<Long> counts = stage.pair(chain.a(), chain.b()).comparison().ulps().counts();
        List<String> buckets = new ArrayList<>();
        for (int i = 0; i < counts.size(); i++) {
          if (counts.get(i) > 0) {
            buckets.add(UlpHistogram.label(i) + ": " + counts.get(i));
          }
        }
        paragraph("ULP between A and B at " + name + ": " + String.join(", ", buckets));
      }
    }
  }

  private void otherChains() {
    for (Chain other : explanation.chains().subList(1, explanation.chains().size())) {
      if (other.start() == null) {
        continue;
      }
      paragraph("%s and %s: from %s on.".formatted(other.a(), other.b(), other.start()));
      other.answers().stream()
          .filter(answer -> answer.question().equals("What explains it?"))
          .forEach(answer -> text.append(Paragraph.of(brief(answer.answer()), "  ")));
    }
    line("");
  }

  private void recipes() {
    for (SystemInfo system : explanation.systems()) {
      Map<String, List<String>> lines = new LinkedHashMap<>();
      for (StageReport stage : explanation.stages()) {
        SystemStage s = stage.system(system.name());
        if (s != null) {
          lines.computeIfAbsent(backing(s), ignored -> new ArrayList<>()).add(stage.name());
        }
      }
      line(system.name());
      lines.forEach(
          (words, stages) -> {
            text.append(Paragraph.of(brief(String.join(" ", stages)), "  "));
            text.append(Paragraph.of(brief(words), "    "));
          });
    }
    line("");
  }

  private static String backing(SystemStage s) {
    if (s.status() != Status.REPRODUCED) {
      return s.status().name().toLowerCase(Locale.ROOT) + ": " + s.reason();
    }
    String from =
        s.unrounded().isEmpty() ? "" : " from unrounded " + String.join(", ", s.unrounded());
    int ties = s.identification().ties().size();
    return "all equal"
        + from
        + (ties == 0 ? ": " : ", one of " + ties + " that fit: ")
        + s.identification().best().getFirst().recipe().text();
  }

  /** As many pairs as a screen is wide, whole systems only. */
  private void means() {
    List<Chain> pairs = explanation.chains().stream().limit(6).toList();
    Table<StageReport> table =
        Table.of(explanation.stages()).column("mean |difference|", stage -> brief(stage.name()));
    for (int i = 0; i < pairs.size(); i++) {
      Chain pair = pairs.get(i);
      line("(%d) %s - %s".formatted(i + 1, pair.a(), pair.b()));
      table.column(
          "(" + (i + 1) + ")",
          stage -> {
            PairStage both = stage.pair(pair.a(), pair.b());
            return both == null ? "-" : Numbers.brief(both.mean().mean());
          });
    }
    line(table.toString());
  }
}
