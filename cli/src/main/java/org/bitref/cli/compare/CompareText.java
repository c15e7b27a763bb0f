package org.bitref.cli.compare;

import java.util.List;
import java.util.function.Function;
import org.bitref.cli.compare.Judgement.Judged;
import org.bitref.cli.compare.StageResult.Bucket;
import org.bitref.cli.compare.StageResult.Element;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.console.Table;
import org.bitref.compare.OwnError;

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
    line(figures(report.stages(), "equal%").toString());
  }

  /** How each tensor differs. */
  static Table<StageResult> figures(List<StageResult> stages, String equal) {
    return Table.of(stages)
        .column("tensor", StageResult::name)
        .column(equal, stage -> Numbers.percent(stage.equal(), stage.total()))
        .column("unequal", StageResult::unequal)
        .column("max ULP", stage -> Numbers.ulps(stage.maxUlp()))
        .column("max abs", stage -> Numbers.brief(stage.maxAbs()))
        .column("mean abs", stage -> Numbers.brief(stage.meanAbs()))
        .column("cosine", StageResult::cosineText);
  }

  private void specials() {
    List<StageResult> stages = report.stages().stream().filter(StageResult::hasSpecials).toList();
    if (!stages.isEmpty()) {
      line(
          Table.of(stages)
              .column("not finite", StageResult::name)
              .column("NaN A", stage -> stage.nan().a())
              .column("NaN B", stage -> stage.nan().b())
              .column("Inf A", stage -> stage.infinite().a())
              .column("Inf B", stage -> stage.infinite().b())
              .column("-0 against +0", StageResult::signedZero)
              .toString());
    }
  }

  private void truth() {
    List<StageResult> stages =
        report.stages().stream().filter(stage -> stage.ownError() != null).toList();
    if (!stages.isEmpty()) {
      line("Error against the exact result on A's inputs, in ULP of the side's own type:");
      Table<StageResult> table = Table.of(stages).column("tensor", StageResult::name);
      errors(table, "A", OwnErrors::a);
      errors(table, "B", OwnErrors::b);
      line(table.column("nearer", stage -> stage.ownError().nearer()).toString());
    }
  }

  private static void errors(
      Table<StageResult> table, String side, Function<OwnErrors, OwnError> error) {
    table
        .column(side + " max", s -> Numbers.brief(error.apply(s.ownError()).maxUlp()))
        .column(side + " rms", s -> Numbers.brief(error.apply(s.ownError()).rmsUlp()))
        .column(side + " mean", s -> Numbers.brief(error.apply(s.ownError()).meanAbs()));
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
    line("");
    line(worst(stage, "worst at").toString());
  }

  /** The elements that differ most. */
  static Table<Element> worst(StageResult stage, String at) {
    return Table.of(stage.worst())
        .column(at, Element::at)
        .column("A", element -> Numbers.exact(element.a()))
        .column("bits", Element::bitsA)
        .column("B", element -> Numbers.exact(element.b()))
        .column("bits", Element::bitsB)
        .column("ULP", element -> Numbers.ulps(element.ulp()));
  }

  private void line(String line) {
    text.append(line).append('\n');
  }
}
