package org.bitref.cli.compare;

import java.util.List;
import org.bitref.cli.compare.StageResult.Element;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.html.Bars;
import org.bitref.cli.html.Bars.Bar;
import org.bitref.cli.html.Markup;
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
    page.openTable("at", "A", "bits", "B", "bits", "ULP");
    for (Element element : stage.worst()) {
      page.row(
          "td",
          element.at().toString(),
          Numbers.exact(element.a()),
          element.bitsA(),
          Numbers.exact(element.b()),
          element.bitsB(),
          Numbers.ulps(element.ulp()));
    }
    page.closeTable();
  }

  private void cache(KvComparison cache) {
    page.element("h3", "KV cache, |A-B| by layer");
    page.element("p", cache.trend());
    page.openTable(KvText.HEADINGS);
    cache.layers().forEach(layer -> page.row("td", KvText.cells(layer)));
    page.closeTable();
  }

  private void table(CompareReport report) {
    boolean judged = report.stages().stream().anyMatch(stage -> stage.ownError() != null);
    page.element("h3", "All tensors, in the order of computation");
    String plain = "tensor,equal %,unequal,max ULP,max abs,mean abs,cosine";
    page.openTable((plain + (judged ? ",A rms ULP,B rms ULP,nearer" : "")).split(",", -1));
    for (StageResult stage : report.stages()) {
      row(stage);
    }
    page.closeTable();
  }

  private void row(StageResult stage) {
    page.open("tr", "class", stage.allEqual() ? "equal" : "unequal");
    page.element("td", stage.name());
    page.element("td", Numbers.percent(stage.equal(), stage.total()));
    page.element("td", Long.toString(stage.unequal()));
    page.element("td", Numbers.ulps(stage.maxUlp()));
    page.element("td", Numbers.brief(stage.maxAbs()));
    page.element("td", Numbers.brief(stage.meanAbs()));
    page.element("td", stage.cosineText());
    if (stage.ownError() != null) {
      page.element("td", Numbers.brief(stage.ownError().a().rmsUlp()));
      page.element("td", Numbers.brief(stage.ownError().b().rmsUlp()));
      page.element("td", stage.ownError().nearer());
    }
    page.close();
  }
}
