package org.bitref.cli.compare;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.bitref.cli.compare.StageResult.OwnErrors;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Result.Outcome;
import org.bitref.cli.console.Table;
import org.bitref.cli.html.Bars;
import org.bitref.cli.html.Facts;
import org.bitref.cli.html.Page;

/** Comparisons as one web page. */
public final class HtmlPage {
  private final Markup page = new Markup();

  private HtmlPage() {}

  /**
   * One comparison on a page.
   *
   * @param title heading, with A and B below it; empty for none of them
   * @param note a paragraph below it; empty for none
   */
  public record Section(String title, String note, CompareReport report) {}

  /**
   * The page.
   *
   * @param arguments of the command, itself first
   * @param facts that its head tells
   */
  public static String of(
      String title, List<String> arguments, List<Facts.Fact> facts, List<Section> sections) {
    HtmlPage html = new HtmlPage();
    Facts.write(html.page, arguments, facts);
    sections.forEach(html::section);
    return Page.of(title, html.page);
  }

  private void section(Section section) {
    CompareReport report = section.report();
    page.open("section");
    if (!section.title().isEmpty()) {
      page.element("h2", section.title());
      page.element("p", "A: " + report.a());
      page.element("p", "B: " + report.b());
    }
    Optional<String> judged =
        report.judged().map(stage -> "Verdict: " + VerdictWords.summary(stage));
    String kind = report.outcome() == Outcome.OK ? "equal" : "unequal";
    Page.verdict(page, kind, judged.orElseGet(report::reason));
    judged.ifPresent(_ -> page.element("p", report.reason()));
    if (!section.note().isEmpty()) {
      page.element("p", section.note());
    }
    TypesText.notes(report.stages()).forEach(note -> page.element("p", note, "class", "note"));
    report.first().ifPresent(this::first);
    StageCurves.write(page, report.stages());
    report.kvCache().ifPresent(this::cache);
    report.details().html(page);
    table(report);
    TypesText.rounded(report.stages(), "tensor")
        .ifPresent(
            table -> {
              page.element("h3", "Types differ");
              table.html(page);
            });
    page.close();
  }

  private void first(StageResult stage) {
    page.element("h3", "First difference: " + stage.name() + " (" + stage.figures().dtype() + ")");
    Bars.write(page, "ULP", stage.figures().ulps().buckets());
    CompareText.worst(stage, "at").html(page);
  }

  private void cache(KvComparison cache) {
    page.element("h3", "KV cache, |A − B| by layer");
    page.element("p", KvText.trend(cache));
    KvDrawing.write(page, cache);
    KvText.layers(cache).html(page);
  }

  /** What differs in the order of computation; what is equal folded below it. */
  private void table(CompareReport report) {
    boolean judged = report.stages().stream().anyMatch(stage -> stage.ownError().isPresent());
    List<StageResult> unequal = report.stages().stream().filter(s -> !s.allEqual()).toList();
    List<StageResult> equal = report.stages().stream().filter(StageResult::allEqual).toList();
    if (!unequal.isEmpty()) {
      page.element("h3", "What differs, in the order of computation");
      table(unequal, judged);
    }
    page.element(
        "p",
        "max ULP: values of opposite signs are far apart in ULP however small they are; read it"
            + " with max abs. p50, p99 ULP: what half and 99 % of the elements do not exceed. own"
            + " size ULP: the largest among values that are not small, of at least the tensor's"
            + " root mean square.",
        "class",
        "note");
    if (!equal.isEmpty()) {
      page.open("details");
      page.element(
          "summary", "= %s, equal in every value".formatted(Numbers.count(equal.size(), "tensor")));
      table(equal, judged);
      page.close();
    }
  }

  private void table(List<StageResult> stages, boolean judged) {
    Table<StageResult> table =
        CompareText.figures(stages, "equal %")
            .kinds(stage -> stage.allEqual() ? "equal" : "unequal");
    table
        .column("p50 ULP", stage -> Numbers.ulps(stage.findings().ulps().p50()))
        .column("p99 ULP", stage -> Numbers.ulps(stage.findings().ulps().p99()))
        .column("own size ULP", stage -> Numbers.ulps(stage.findings().ulps().maxOwnSize()))
        .column("shape", stage -> stage.shape().toString())
        .column("verdict", stage -> Json.token(stage.verdict()));
    if (judged) {
      error(table, "A rms ULP", errors -> Numbers.brief(errors.a().rmsUlp()));
      error(table, "B rms ULP", errors -> Numbers.brief(errors.b().rmsUlp()));
      error(table, "nearer", OwnErrors::nearer);
    }
    table.html(page);
  }

  /** Where there is no error, a row ends. */
  private static void error(
      Table<StageResult> table, String heading, Function<OwnErrors, String> text) {
    Function<StageResult, String> cell = stage -> stage.ownError().map(text).orElse("");
    table.column(
        heading,
        cell,
        (page, stage) -> stage.ownError().ifPresent(e -> page.element("td", text.apply(e))));
  }
}
