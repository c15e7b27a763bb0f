package org.bitref.cli.explain;

import java.util.List;
import org.bitref.cli.console.Paragraph;
import org.bitref.cli.recipes.Catalogue;
import org.bitref.explain.Explanation;
import org.bitref.recipe.StageRecipe;

/**
 * A recipe of a catalogue and what it explains here.
 *
 * @param stages {@code <system>.<stage>}: it gives every output
 * @param ignored why it was tried on no stage; empty if it was
 */
record KnownRecipe(String name, String device, String recipe, List<String> stages, String ignored) {
  static KnownRecipe of(Catalogue.Entry entry, Explanation explanation) {
    StageRecipe recipe = entry.stage();
    Explanation.Trial trial = explanation.trials().get(recipe);
    return new KnownRecipe(
        entry.name(), entry.device(), recipe.text(), trial.stages(), trial.misfit());
  }

  String text() {
    String none = ignored.isEmpty() ? "explains no stage here" : "is ignored: " + ignored;
    String what = stages.isEmpty() ? none : "explains " + stages;
    return Paragraph.of("catalogue: %s (%s) %s.".formatted(name, device, what), "");
  }
}
