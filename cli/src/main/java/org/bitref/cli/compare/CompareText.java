package org.bitref.cli.compare;

import java.util.List;
import org.bitref.cli.compare.Judgement.Judged;
import org.bitref.cli.compare.StageResult.Bucket;
import org.bitref.cli.compare.StageResult.Element;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.console.Table;

/** A comparison for people, 80 columns wide. */
final class CompareText {
  private static final int BAR = 40;
  private static final int SHOWN = 6;

  private final CompareReport report;
  private final StringBuilder text = new StringBuilder();

  CompareText(CompareReport report) {
    this.report = report;
  }

  @Override
  public String toString() {
    line("A  " + report.a());
    line("B  " + report.b());
    line("");
    differences();
    specials();
    truth();
    if (report.kvCache() != null) {
      text.append(new KvText(report.kvCache()).text());
    }
    missing("A", report.onlyInA());
    missing("B", report.onlyInB());
    if (!report.allEqual()) {
      first(report.first());
    }
    rules();
    line(report.verdict());
    return text.toString();
  }

  private void differences() {
    Table table =
        new Table("tensor", "equal%", "unequal", "max ULP", "max abs", "mean abs", "cosine");
    for (StageResult stage : report.stages()) {
      table.row(
          stage.name(),
          Numbers.percent(stage.equal(), stage.total()),
          Long.toString(stage.unequal()),
          Numbers.ulps(stage.maxUlp()),
          Numbers.brief(stage.maxAbs()),
          Numbers.brief(stage.meanAbs()),
          stage.cosineText());
    }
    line(table.toString());
  }

  private void specials() {
    if (report.stages().stream().noneMatch(StageResult::hasSpecials)) {
      return;
    }
    Table table = new Table("not finite", "NaN A", "NaN B", "Inf A", "Inf B", "-0 against +0");
    for (StageResult stage : report.stages()) {
      if (stage.hasSpecials()) {
        table.row(
            stage.name(),
            Long.toString(stage.nan().a()),
            Long.toString(stage.nan().b()),
            Long.toString(stage.infinite().a()),
            Long.toString(stage.infinite().b()),
            Long.toString(stage.signedZero()));
      }
    }
    line(table.toString());
  }

  private void truth() {
    if (report.stages().stream().allMatch(stage -> stage.ownError() == null)) {
      return;
    }
    line("Error against the exact result on A's inputs, in ULP of the side's own type:");
    Table table =
        new Table("tensor", "A max", "A rms", "A mean", "B max", "B rms", "B mean", "nearer");
    for (StageResult stage : report.stages()) {
      OwnErrors errors = stage.ownError();
      if (errors != null) {
        table.row(
            stage.name(),
            Numbers.brief(errors.a().maxUlp()),
            Numbers.brief(errors.a().rmsUlp()),
            Numbers.brief(errors.a().meanAbs()),
            Numbers.brief(errors.b().maxUlp()),
            Numbers.brief(errors.b().rmsUlp()),
            Numbers.brief(errors.b().meanAbs()),
            errors.nearer());
      }
    }
    line(table.toString());
  }

  private void rules() {
    if (report.rules() != null && !report.rules().holds()) {
      line("Rules that fail:");
      for (Judged tensor : report.rules().failed()) {
        text.append(Paragraph.of(tensor.name() + ": " + tensor.reason(), "  "));
      }
      line("");
    }
  }

  private void missing(String side, List<String> names) {
    if (!names.isEmpty()) {
      String more = names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "";
      String first = String.join(", ", names.stream().limit(SHOWN).toList());
      line(Paragraph.of("Only in " + side + ", not compared: " + first + more, ""));
    }
  }

  private void first(StageResult stage) {
    line("First difference: " + stage.name() + " " + stage.dtype());
    long most = stage.ulpHistogram().stream().mapToLong(Bucket::count).max().orElse(1);
    for (Bucket bucket : stage.ulpHistogram()) {
      int bar = (int) Math.max(1, BAR * bucket.count() / most);
      line("  %9s ULP %12d %s".formatted(bucket.ulp(), bucket.count(), "#".repeat(bar)));
    }
    Table table = new Table("worst at", "A", "bits", "B", "bits", "ULP");
    for (Element element : stage.worst()) {
      table.row(
          element.at().toString(),
          Numbers.exact(element.a()),
          element.bitsA(),
          Numbers.exact(element.b()),
          element.bitsB(),
          Numbers.ulps(element.ulp()));
    }
    line("");
    line(table.toString());
  }

  private void line(String line) {
    text.append(line).append('\n');
  }
}
