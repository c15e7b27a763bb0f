package org.bitref.cli.compare;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.bitref.cli.compare.StageResult.Bucket;
import org.bitref.cli.compare.StageResult.Element;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.TextFile;
import org.bitref.cli.console.Version;

/** Comparisons as one web page that needs nothing else. */
public final class HtmlPage {
  private final StringBuilder html = new StringBuilder();

  private HtmlPage() {}

  /** Writes the page; an existing file is replaced. */
  public static void write(Path target, String title, List<HtmlSection> sections) {
    TextFile.write(target, page(title, sections), true);
  }

  static String page(String title, List<HtmlSection> sections) {
    HtmlPage page = new HtmlPage();
    page.html
        .append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append("<title>")
        .append(escape(title))
        .append("</title>\n<style>\n")
        .append(style())
        .append("</style>\n</head>\n<body>\n");
    page.element("h1", title);
    sections.forEach(page::section);
    page.element("footer", "bitref " + Version.BITREF);
    return page.html.append("</body>\n</html>\n").toString();
  }

  private static String style() {
    try (InputStream in = HtmlPage.class.getResourceAsStream("page.css")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void section(HtmlSection section) {
    CompareReport report = section.report();
    html.append("<section>\n");
    if (!section.title().isEmpty()) {
      element("h2", section.title());
    }
    html.append("<p class=\"verdict ")
        .append(report.allEqual() ? "equal" : "unequal")
        .append("\">")
        .append(escape(report.verdict()))
        .append("</p>\n");
    if (!section.note().isEmpty()) {
      element("p", section.note());
    }
    element("p", "A: " + report.a());
    element("p", "B: " + report.b());
    if (!report.allEqual()) {
      first(report.first());
    }
    table(report);
    html.append("</section>\n");
  }

  private void first(StageResult stage) {
    element("h3", "First difference: " + stage.name() + " (" + stage.dtype() + ")");
    long most = stage.ulpHistogram().stream().mapToLong(Bucket::count).max().orElse(1);
    html.append("<table class=\"bars\">\n");
    row("th", "ULP", "elements", "");
    for (Bucket bucket : stage.ulpHistogram()) {
      html.append("<tr>");
      cell("td", bucket.ulp());
      cell("td", Long.toString(bucket.count()));
      html.append("<td><div class=\"bar\" style=\"width:")
          .append(Math.max(1, 100 * bucket.count() / most))
          .append("%\"></div></td></tr>\n");
    }
    html.append("</table>\n<table>\n");
    row("th", "at", "A", "bits", "B", "bits", "ULP");
    for (Element element : stage.worst()) {
      row(
          "td",
          element.at().toString(),
          Numbers.exact(element.a()),
          element.bitsA(),
          Numbers.exact(element.b()),
          element.bitsB(),
          Numbers.ulps(element.ulp()));
    }
    html.append("</table>\n");
  }

  private void table(CompareReport report) {
    boolean judged = report.stages().stream().anyMatch(stage -> stage.ownError() != null);
    html.append("<h3>All tensors, in the order of computation</h3>\n<table>\n<tr>");
    List.of("tensor", "equal %", "unequal", "max ULP", "max abs", "mean abs", "cosine")
        .forEach(heading -> cell("th", heading));
    if (judged) {
      List.of("A rms ULP", "B rms ULP", "nearer").forEach(heading -> cell("th", heading));
    }
    html.append("</tr>\n");
    for (StageResult stage : report.stages()) {
      html.append(stage.allEqual() ? "<tr>" : "<tr class=\"unequal\">");
      cell("td", stage.name());
      cell("td", Numbers.percent(stage.equal(), stage.total()));
      cell("td", Long.toString(stage.unequal()));
      cell("td", Numbers.ulps(stage.maxUlp()));
      cell("td", Numbers.brief(stage.maxAbs()));
      cell("td", Numbers.brief(stage.meanAbs()));
      cell("td", stage.cosineText());
      if (stage.ownError() != null) {
        cell("td", Numbers.brief(stage.ownError().a().rmsUlp()));
        cell("td", Numbers.brief(stage.ownError().b().rmsUlp()));
        cell("td", stage.ownError().nearer());
      }
      html.append("</tr>\n");
    }
    html.append("</table>\n");
  }

  private void row(String tag, String... cells) {
    html.append("<tr>");
    for (String cell : cells) {
      cell(tag, cell);
    }
    html.append("</tr>\n");
  }

  private void cell(String tag, String text) {
    html.append('<').append(tag).append('>').append(escape(text));
    html.append("</").append(tag).append('>');
  }

  private void element(String tag, String text) {
    cell(tag, text);
    html.append('\n');
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
