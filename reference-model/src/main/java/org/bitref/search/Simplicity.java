package org.bitref.search;

import static java.util.stream.Collectors.toSet;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Split;

/**
 * Of recipes that do the same the one to name first: that of a known chip or library, then that
 * with the fewest parts, then the shortest text.
 */
final class Simplicity {
  private static final Set<Inner> KNOWN =
      Presets.GEMM.all().stream().map(preset -> preset.recipe().inner()).collect(toSet());

  static final Comparator<GemmRecipe> ORDER =
      Comparator.comparing((GemmRecipe recipe) -> !KNOWN.contains(recipe.inner()))
          .thenComparingInt(Simplicity::parts)
          .thenComparingInt(recipe -> recipe.text().length())
          .thenComparing(GemmRecipe::text);

  private Simplicity() {}

  /** Each recipe once, the simplest first. */
  static List<GemmRecipe> sorted(List<GemmRecipe> recipes) {
    // Texts take long to make: once for each recipe, not for each comparison.
    record Keyed(GemmRecipe recipe, boolean unknown, int parts, String text) {}
    return recipes.stream()
        .distinct()
        .map(r -> new Keyed(r, !KNOWN.contains(r.inner()), parts(r), r.text()))
        .sorted(
            Comparator.comparing(Keyed::unknown)
                .thenComparingInt(Keyed::parts)
                .thenComparingInt(keyed -> keyed.text().length())
                .thenComparing(Keyed::text))
        .map(Keyed::recipe)
        .toList();
  }

  private static int parts(GemmRecipe recipe) {
    int parts = recipe.chain() instanceof Chain.Seq ? 0 : 1;
    parts +=
        switch (recipe.split()) {
          case Split.None _ -> 0;
          case Split.SplitK split -> split.residue() == Split.SplitK.Residue.LAST ? 1 : 2;
          case Split.Cyclic _ -> 2;
          case Split.Even _ -> 3;
          case Split.StreamK _ -> 4;
          case Split.Bounds _ -> 5;
        };
    boolean forward =
        !(recipe.combine() instanceof Combine.Sum sum) || sum.order() == Combine.Order.FWD;
    return 2 * parts + (forward ? 0 : 1);
  }
}
