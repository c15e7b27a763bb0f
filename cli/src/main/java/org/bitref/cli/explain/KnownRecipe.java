package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.recipes.Catalogue;
import org.bitref.cli.recipes.GemmArgument;
import org.bitref.explain.Explanation;
import org.bitref.explain.StageReport;
import org.bitref.explain.SystemStage;
import org.bitref.identify.Identification;
import org.bitref.recipe.StageRecipe;

/**
 * A recipe of a catalogue and what it explains here.
 *
 * @param stages {@code <system>.<stage>}: it is one of the recipes found to give every output
 */
record KnownRecipe(String name, String device, String recipe, List<String> stages) {
  static KnownRecipe of(Catalogue.Entry entry, Explanation explanation) {
    String text = GemmArgument.stage(entry.recipe()).text();
    List<String> stages = new ArrayList<>();
    for (StageReport stage : explanation.stages()) {
      for (SystemStage known : stage.systems()) {
        Identification found = known.identification();
        if (found != null && complete(found).anyMatch(text::equals)) {
          stages.add(known.system() + "." + stage.name());
        }
      }
    }
    return new KnownRecipe(entry.name(), entry.device(), text, stages);
  }

  private static Stream<String> complete(Identification found) {
    Stream<StageRecipe> best =
        found.best().stream()
            .filter(match -> match.equal() == found.total())
            .map(match -> match.recipe());
    return Stream.concat(best, found.same().stream()).map(StageRecipe::text);
  }

  String text() {
    String what = stages.isEmpty() ? "explains no stage here" : "explains " + stages;
    return Paragraph.of("catalogue: %s (%s) %s.".formatted(name, device, what), "");
  }
}
