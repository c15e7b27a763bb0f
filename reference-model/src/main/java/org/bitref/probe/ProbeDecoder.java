package org.bitref.probe;

import java.util.ArrayList;
import java.util.List;
import org.bitref.probe.Decoded.Open;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.space.Preference;
import org.bitref.tensor.Tensor;

/**
 * Reads the arithmetic of a device from its answers to a {@link Probe}. The order of sums follows
 * from the cancellations without any assumption on roundings; then roundings are tried out on that
 * order; a recipe counts only if it reproduces every answer and every output of the random products
 * that is computed again.
 */
public final class ProbeDecoder {
  /**
   * Multiply-adds spent on trying orders and recipes, for each k. Most of what is found takes a
   * tenth or less; of 340 recipes drawn from the grammar the most was nine tenths, for an E4M3
   * product whose order of sums does not show.
   */
  private static final long BUDGET = 3L << 20;

  /** Sets of columns that can each spend it all. */
  private static final int SPENDERS = 4;

  private ProbeDecoder() {}

  /**
   * Decodes the results of all calls, in the order of {@link Probe#calls}.
   *
   * @param results each [M, N] of the setup's output type
   * @return one entry for all columns, or one for each set of columns that answered alike
   */
  public static List<Decoded> decode(Probe probe, List<Tensor> results) {
    return decode(probe, results, BUDGET * probe.setup().k());
  }

  /**
   * The same with another bound.
   *
   * @param multiplyAdds after which the search for the recipe of a set of columns ends; all of them
   *     together get four times as many
   */
  static List<Decoded> decode(Probe probe, List<Tensor> results, long multiplyAdds) {
    Answers answers = new Answers(probe, results);
    List<Decoded> all = new ArrayList<>();
    long left = SPENDERS * multiplyAdds;
    for (List<Integer> columns : answers.columnClasses()) {
      Budget budget = new Budget(Math.clamp(left, 0, multiplyAdds));
      RecipeReading reading = new RecipeReading(answers, columns, budget);
      List<GemmRecipe> recipes = reading.recipes();
      left -= budget.spent();
      List<GemmRecipe> familiar = recipes.stream().sorted(Preference.FAMILIAR).toList();
      List<List<GemmRecipe>> classes = RecipeClasses.of(familiar, probe);
      all.add(
          new Decoded(
              columns,
              classes,
              reading.orders(),
              familiar.stream()
                  .findFirst()
                  .map(first -> Evidence.of(answers, columns.getFirst(), first)),
              open(reading, classes.size()),
              reading.confirmed()));
    }
    return all;
  }

  private static List<Open> open(RecipeReading reading, int classes) {
    List<Open> open = new ArrayList<>(reading.open());
    boolean stopped = !open.isEmpty() && open.getLast() instanceof Open.Stopped;
    if (classes == 0 && !stopped) {
      open.add(Open.Plain.NO_RECIPE);
    }
    if (classes > 1) {
      open.add(new Open.Functions(classes));
    }
    return open;
  }
}
