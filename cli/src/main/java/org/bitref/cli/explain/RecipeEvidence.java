package org.bitref.cli.explain;

import java.util.Locale;
import java.util.function.UnaryOperator;
import org.bitref.cli.console.Markup;
import org.bitref.cli.html.SearchEvidence;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.SystemInfo;
import org.bitref.explain.SearchWords;
import org.bitref.explain.StageReport;
import org.bitref.explain.SystemStage;

/** The searches behind the recipes, system by system. */
final class RecipeEvidence {
  private RecipeEvidence() {}

  static void write(Markup page, Explanation explanation, UnaryOperator<String> brief) {
    for (SystemInfo system : explanation.systems()) {
      page.element("h3", system.name());
      for (StageReport stage : explanation.stages()) {
        SystemStage known = stage.system(system.name());
        if (known != null) {
          stage(page, brief.apply(stage.name()), known, brief);
        }
      }
    }
  }

  private static void stage(
      Markup page, String name, SystemStage known, UnaryOperator<String> brief) {
    String line =
        "%s (%s): %s: %s"
            .formatted(
                name,
                known.dtype(),
                known.status().name().toLowerCase(Locale.ROOT),
                brief.apply(known.reason()));
    if (known.identification() == null) {
      page.element("p", line);
      return;
    }
    page.open("details");
    page.element("summary", line);
    if (!SearchWords.reason(known.identification()).equals(known.reason())) {
      page.element("p", "Search: " + SearchWords.reason(known.identification()) + ".");
    }
    SearchEvidence.write(page, known.identification());
    page.close();
  }
}
