package org.bitref.cli.identify;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.explain.SearchWords;
import org.bitref.cli.recipes.Catalogue.Entry;
import org.bitref.kernel.Workers;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.Device;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Misfit;

/**
 * The recipes of a catalogue, tried on a product before anything is searched: a name for what is
 * found, never a reason to leave something out.
 *
 * @param tried the entries that can be of the product, the best first
 * @param ignored the others
 */
record KnownRecipes(List<Known> tried, List<Ignored> ignored) {
  /** An entry and how many outputs of the product it gives. */
  record Known(String name, String device, String framework, StageRecipe recipe, long equal) {}

  /** An entry that cannot be of the product, and why. */
  record Ignored(String name, String reason) {}

  /**
   * Tries every entry of a product of these types.
   *
   * @param device of entries that fit equally, those that go with it come first
   * @throws org.bitref.BadInputException if an entry is no recipe
   */
  static KnownRecipes of(
      List<Entry> catalogue, Captured<Product> gemm, Device device, Workers workers) {
    Captured<?> product = gemm;
    Map<StageRecipe, Long> counted = new HashMap<>();
    List<Known> tried = new ArrayList<>();
    List<Ignored> ignored = new ArrayList<>();
    for (Entry entry : catalogue) {
      StageRecipe recipe = entry.stage();
      Optional<Misfit> misfit = Misfit.of(recipe, product);
      if (misfit.isPresent()) {
        ignored.add(new Ignored(entry.name(), SearchWords.misfit(misfit.get())));
        continue;
      }
      long equal = counted.computeIfAbsent(recipe, r -> product.equal(r, workers));
      tried.add(new Known(entry.name(), entry.device(), entry.framework(), recipe, equal));
    }
    tried.sort(
        Comparator.comparingLong(Known::equal)
            .reversed()
            .thenComparing(Known::recipe, device.order()));
    return new KnownRecipes(tried, ignored);
  }
}
