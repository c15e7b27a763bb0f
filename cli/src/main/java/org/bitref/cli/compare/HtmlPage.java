package org.bitref.cli.compare;

import java.util.List;
import java.util.function.Function;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;
import org.bitref.cli.html.Bars;
import org.bitref.cli.html.Bars.Bar;
import org.bitref.cli.html.Page;

/** Comparisons as one web page. */
public final class HtmlPage {
  private final Markup page = new Markup();

  private HtmlPage() {}

  /** The page. */
  public static String of(String title, List<HtmlSection> sections) {
    HtmlPage html = new HtmlPage();
    sections.forEach(html::section);
    return Page.of(title, html.page);
  }

  private void section(HtmlSection section) {
    CompareReport report = section.report();
    page.open("section");
    if (!section.title().isEmpty()) {
      page.element("h2", section.title());
    }
    Page.verdict(page, report.exitCode() == 0 ? "equal" : "unequal", report.verdict());
    if (!section.note().isEmpty()) {
      page.element("p", section.note());
    }
    page.element("p", "A: " + report.a());
    page.element("p", "B: " + report.b());
    if (!report.allEqual()) {
      first(report.first());
    }
    if (report.kvCache() != null) {
      cache(report.kvCache());
    }
    table(report);
    page.close();
  }

  private void first(StageResult stage) {
    page.element("h3", "First difference: " + stage.name() + " (" + stage.dtype() + ")");
    Bars.write(
        page, "ULP", stage.ulpHistogram().stream().map(b -> new Bar(b.ulp(), b.count())).toList());
    CompareText.worst(stage, "at").html(page);
  }

  private void cache(KvComparison cache) {
    page.element("h3", "KV cache, |A-B| by layer");
    page.element("p", cache.trend());
    KvText.layers(cache).html(page);
  }

  private void table(CompareReport report) {
    boolean judged = report.stages().stream().anyMatch(stage -> stage.ownError() != null);
    page.element("h3", "All tensors, in the order of computation");
    Table<StageResult> table =
        CompareText.figures(report.stages(), "equal %")
            .kinds(stage -> stage.allEqual() ? "equal" : "unequal");
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
    Function<StageResult, String> cell =
        stage -> stage.ownError() == null ? "" : text.apply(stage.ownError());
    table.column(
        heading,
        cell,
        (page, stage) -> {
          if (stage.ownError() != null) {
            page.element("td", cell.apply(stage));
          }
        });
  }
}
