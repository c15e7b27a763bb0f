package org.bitref.cli.golden;

import java.util.List;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Result;
import org.bitref.cli.recipes.SizeChoices;
import org.bitref.loaders.engine.EngineRecipe;

/**
 * What a prefill wrote.
 *
 * @param resumed stages taken from an earlier run
 * @param bridged under an anchor, stages that it lacks and that were computed instead
 * @param weights those with NaN or infinities, or with values that the recipe's format cannot hold
 * @param bySize what libraries' tables chose for the sizes of products
 * @param engine kernels of the engine that the recipe follows; none without one
 */
record GoldenReport(
    String path,
    String recipe,
    List<StageLine> stages,
    double seconds,
    long bytes,
    long resumed,
    List<String> bridged,
    List<CheckedWeights.Finding> weights,
    List<SizeChoices> bySize,
    List<EngineRecipe.Kernel> engine)
    implements Result {

  /**
   * One stage in the file.
   *
   * @param seconds its computation took; null for a stage of an earlier run
   */
  record StageLine(String name, String dtype, long[] shape, Double seconds) {}

  @Override
  public void text(Lines text) {
    String before = resumed > 0 ? ", %s of them from the run before".formatted(resumed) : "";
    text.line(
        "%s of recipe %s in %s%s"
            .formatted(
                Numbers.count(stages.size(), "stage"), recipe, Numbers.seconds(seconds), before));
    text.line(path + ", " + Numbers.bytes(bytes));
    bySize.forEach(choice -> text.paragraph(choice.told()));
    if (!engine.isEmpty()) {
      EngineText.write(engine, text);
    }
    if (!bridged.isEmpty()) {
      text.line("not in the anchor, computed instead: " + String.join(", ", bridged));
    }
  }
}
