package org.bitref.cli.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bitref.cli.compare.Judgement.Judged;
import org.bitref.cli.compare.StageResult.OwnErrors;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;
import org.bitref.compare.OwnError;
import org.bitref.compare.TensorComparison.Worst;
import org.bitref.compare.UlpHistogram.Bucket;

/** A comparison for people, 80 columns wide. */
final class CompareText {
  private static final int BAR = 40;
  private static final int SHOWN = 6;

  /** Rows of a table on one screen. */
  private static final int ROWS = 10;

  private final CompareReport report;
  private final Lines text;

  CompareText(CompareReport report, Lines text) {
    this.report = report;
    this.text = text;
  }

  void write() {
    text.line("A  " + report.a());
    text.line("B  " + report.b());
    text.blank();
    differences();
    types();
    specials();
    truth();
    // What a cache is nearest to is another question than what becomes of it over the layers.
    if (report.inFull() || report.details().nearest().isEmpty()) {
      report.kvCache().ifPresent(cache -> KvText.write(text, cache, report.inFull()));
    }
    report.details().text(text, report.inFull());
    missing("A", report.pairs().onlyA());
    missing("B", report.pairs().onlyB());
    report.first().ifPresent(this::first);
    logits();
    judged();
    report.rules().filter(rules -> !rules.holds()).ifPresent(this::failed);
    report.judged().ifPresent(stage -> text.paragraph("Verdict: " + VerdictWords.summary(stage)));
    text.paragraph(report.equality());
    report.rules().ifPresent(rules -> text.paragraph(rules.reason()));
  }

  private void differences() {
    if (report.inFull()) {
      text.table(figures(report.stages(), "equal%"));
    } else {
      Folded folded = Folded.of(report.stages());
      text.table(figures(shown(folded.rows()), "equal%", folded::name));
      more(folded.rows().size(), "row");
    }
    text.blank();
  }

  /** As many rows as one screen has room for, or all. */
  private <R> List<R> shown(List<R> rows) {
    return report.inFull() ? rows : rows.subList(0, Math.min(ROWS, rows.size()));
  }

  private void more(int rows, String what) {
    if (!report.inFull() && rows > ROWS) {
      text.line("and %s: --details".formatted(Numbers.count(rows - ROWS, "more " + what)));
    }
  }

  private void types() {
    if (report.inFull()) {
      TypesText.rounded(report.stages(), "types differ")
          .ifPresent(
              table -> {
                text.table(table);
                text.blank();
              });
    }
    List<String> notes = new ArrayList<>(TypesText.notes(report.stages()));
    if (!report.inFull()) {
      notes.addAll(0, TypesText.roundedInWords(report.stages()));
    }
    notes.forEach(text::paragraph);
    if (!notes.isEmpty()) {
      text.blank();
    }
  }

  /** How each tensor differs. */
  static Table<StageResult> figures(List<StageResult> stages, String equal) {
    return figures(stages, equal, StageResult::name);
  }

  private static Table<StageResult> figures(
      List<StageResult> stages, String equal, Function<StageResult, String> name) {
    return Table.of(stages)
        .column("tensor", name)
        .column(equal, stage -> Numbers.percent(stage.figures().equal(), stage.figures().total()))
        .column("unequal", stage -> stage.figures().unequal())
        .column("max ULP", stage -> Numbers.ulps(stage.figures().maxUlp()))
        .column("max abs", stage -> Numbers.brief(stage.figures().maxAbs()))
        .column("mean abs", stage -> Numbers.brief(stage.figures().meanAbs()))
        .column("cosine", StageResult::cosineText);
  }

  private void specials() {
    List<StageResult> stages = report.stages().stream().filter(this::isSpecial).toList();
    if (!stages.isEmpty()) {
      text.table(
          Table.of(shown(stages))
              .column("not finite", StageResult::name)
              .column("NaN A", stage -> stage.figures().nanA())
              .column("NaN B", stage -> stage.figures().nanB())
              .column("Inf A", stage -> stage.figures().infinitiesA())
              .column("Inf B", stage -> stage.figures().infinitiesB())
              .column("-0 against +0", stage -> stage.figures().signedZeros()));
      more(stages.size(), "tensor");
      text.blank();
    }
  }

  /** A zero of the other sign alone is a detail. */
  private boolean isSpecial(StageResult stage) {
    boolean finite =
        stage.figures().nanA()
                + stage.figures().nanB()
                + stage.figures().infinitiesA()
                + stage.figures().infinitiesB()
            == 0;
    return stage.hasSpecials() && (report.inFull() || !finite);
  }

  private void truth() {
    List<StageResult> stages =
        report.stages().stream().filter(stage -> stage.ownError().isPresent()).toList();
    if (!stages.isEmpty()) {
      text.line("Error against the exact result on A's inputs, in ULP of the side's own type:");
      Table<StageResult> table = Table.of(shown(stages)).column("tensor", StageResult::name);
      errors(table, "A", OwnErrors::a);
      errors(table, "B", OwnErrors::b);
      text.table(table.column("nearer", stage -> stage.ownError().orElseThrow().nearer()));
      more(stages.size(), "tensor");
      text.blank();
    }
  }

  private static void errors(
      Table<StageResult> table, String side, Function<OwnErrors, OwnError> error) {
    Function<StageResult, OwnError> own = stage -> error.apply(stage.ownError().orElseThrow());
    table
        .column(side + " max", stage -> Numbers.brief(own.apply(stage).maxUlp()))
        .column(side + " rms", stage -> Numbers.brief(own.apply(stage).rmsUlp()))
        .column(side + " mean", stage -> Numbers.brief(own.apply(stage).meanAbs()));
  }

  private void logits() {
    for (StageResult stage : report.stages()) {
      stage
          .findings()
          .logits()
          .filter(_ -> !stage.allEqual())
          .ifPresent(
              logits -> {
                text.paragraph(VerdictWords.logits(logits));
                text.blank();
              });
    }
  }

  private void judged() {
    List<StageResult> beyond = report.beyondRounding();
    if (!beyond.isEmpty()) {
      text.line("More than rounding:");
      for (StageResult stage : beyond.subList(0, Math.min(SHOWN, beyond.size()))) {
        text.paragraph(VerdictWords.of(stage.name(), stage.findings().verdict()), "  ");
      }
      if (beyond.size() > SHOWN) {
        text.line("  and " + (beyond.size() - SHOWN) + " more");
      }
      text.blank();
    }
  }

  private void failed(Judgement rules) {
    text.line("Rules that fail:");
    for (Judged tensor : rules.failed()) {
      text.paragraph(tensor.name() + ": " + tensor.reason(), "  ");
    }
    text.blank();
  }

  private void missing(String side, List<String> names) {
    if (!names.isEmpty()) {
      String more = names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "";
      String first = String.join(", ", names.stream().limit(SHOWN).toList());
      text.paragraph("Only in " + side + ", not compared: " + first + more);
      text.blank();
    }
  }

  private void first(StageResult stage) {
    text.line("First difference: " + stage.name() + " " + stage.figures().dtype());
    if (report.inFull()) {
      histogram(stage.figures().ulps().buckets());
    }
    text.paragraph(VerdictWords.spread(stage.findings().ulps()), "  ");
    text.blank();
    if (report.inFull()) {
      text.table(worst(stage, "worst at"));
      text.blank();
    }
  }

  private void histogram(List<Bucket> buckets) {
    long most = buckets.stream().mapToLong(Bucket::count).max().orElse(1);
    for (Bucket bucket : buckets) {
      int bar = (int) Math.max(1, BAR * bucket.count() / most);
      text.line("  %9s ULP %12s %s".formatted(bucket.ulp(), bucket.count(), "#".repeat(bar)));
    }
  }

  /** The elements that differ most. */
  static Table<Worst> worst(StageResult stage, String at) {
    return Table.of(stage.figures().worst())
        .column(at, Worst::at)
        .column("A", worst -> Numbers.exact(worst.a()))
        .column("bits", Worst::aBits)
        .column("B", worst -> Numbers.exact(worst.b()))
        .column("bits", Worst::bBits)
        .column("ULP", worst -> Numbers.ulps(worst.ulp()));
  }
}
