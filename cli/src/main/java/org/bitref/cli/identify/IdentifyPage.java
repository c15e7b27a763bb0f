package org.bitref.cli.identify;

import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.explain.SearchEvidence;
import org.bitref.cli.explain.SearchWords;
import org.bitref.cli.html.Facts;
import org.bitref.cli.html.Origin;
import org.bitref.cli.html.Page;
import org.bitref.cli.words.DeviceWords;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;

/**
 * A search for the recipe of a product as a web page.
 *
 * @param metadata what the captured file says about itself
 * @param shapes of the operands
 * @param arguments the command line that was given, the command first
 */
record IdentifyPage(
    IdentifyReport report, Map<String, String> metadata, String shapes, List<String> arguments) {

  /** The page. */
  @Override
  public String toString() {
    Identification found = report.found();
    String verdict = SearchWords.verdict(found);
    Markup page = new Markup();
    Page.verdict(
        page, verdict, "%s: %s: %s.".formatted(report.y(), verdict, SearchWords.reason(found)));
    Facts.write(
        page,
        arguments,
        List.of(
            new Facts.Fact(
                "File",
                report.file() + "; " + Facts.about(metadata, DeviceWords.said(report.device()))),
            new Facts.Fact("Shapes", shapes + "; " + found.total() + " outputs captured")));
    report.foreign().ifPresent(words -> page.element("p", "Note: " + words + "."));
    found.best().stream().findFirst().ifPresent(best -> best(page, best));
    page.element("h2", "Evidence");
    SearchEvidence.write(page, found);
    page.element("p", "Searched in " + Numbers.seconds(report.seconds()) + ".");
    page.element("h2", "What the file says of itself");
    Origin.metadata(page, metadata);
    return Page.of("bitref identify", page);
  }

  private void best(Markup page, Match best) {
    page.element(
        "p", "%s of %s outputs equal under".formatted(best.equal(), report.found().total()));
    page.element("pre", best.recipe().text());
    List<String> presets = IdentifyReport.presets(best);
    if (!presets.isEmpty()) {
      page.element("p", "Presets: " + String.join(", ", presets));
    }
  }
}
