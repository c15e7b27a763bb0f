package org.bitref.cli.identify;

import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Markup;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.explain.SearchEvidence;
import org.bitref.cli.explain.SearchWords;
import org.bitref.cli.html.Origin;
import org.bitref.cli.html.Page;
import org.bitref.search.Identification;
import org.bitref.search.Identification.Match;

/**
 * A search for the recipe of a product as a web page.
 *
 * @param metadata what the captured file says about itself
 * @param arguments the command line that was given, the command first
 */
record IdentifyPage(IdentifyReport report, Map<String, String> metadata, List<String> arguments) {

  /** The page. */
  @Override
  public String toString() {
    Identification found = report.found();
    String verdict = SearchWords.verdict(found);
    Markup page = new Markup();
    Page.verdict(
        page, verdict, "%s: %s: %s.".formatted(report.y(), verdict, SearchWords.reason(found)));
    report.foreign().ifPresent(words -> page.element("p", "Note: " + words + "."));
    found.best().stream().findFirst().ifPresent(best -> best(page, best));
    page.element("h2", "Evidence");
    SearchEvidence.write(page, found);
    page.element("p", "Searched in " + Numbers.seconds(report.seconds()) + ".");
    page.element("h2", "Where the data comes from");
    page.element("p", "Read from: " + report.file());
    Origin.metadata(page, metadata);
    page.element("h2", "How to reproduce");
    Origin.command(page, arguments);
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
