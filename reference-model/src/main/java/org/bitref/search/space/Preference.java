package org.bitref.search.space;

import static java.util.stream.Collectors.toSet;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Combine;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Presets;
import org.bitref.recipe.Split;

/** Of recipes that do the same the one to name first. */
public final class Preference {
  private static final Set<Inner> KNOWN =
      Presets.GEMM.all().stream().map(preset -> preset.recipe().inner()).collect(toSet());

  /**
   * That of a known chip or library, then that with the fewest parts, then the shortest text: for
   * recipes of a capture.
   */
  public static final Comparator<GemmRecipe> SIMPLE = Comparator.comparing(Keyed::new, Keyed.ORDER);

  /**
   * The name that the hardware suggests: tensor cores split K, chains of CPU libraries block it.
   * For recipes that a device's answers allow, in the order in which they were found.
   */
  public static final Comparator<GemmRecipe> FAMILIAR =
      Comparator.comparingInt(
          recipe -> ofChain(recipe) + ofSplit(recipe.split()) + strange(recipe));

  private Preference() {}

  /** What is compared of a recipe. Its text takes long to make: once for each recipe. */
  private record Keyed(GemmRecipe recipe, boolean unknown, int parts, String text) {
    private static final Comparator<Keyed> ORDER =
        Comparator.comparing(Keyed::unknown)
            .thenComparingInt(Keyed::parts)
            .thenComparingInt(keyed -> keyed.text().length())
            .thenComparing(Keyed::text);

    Keyed(GemmRecipe recipe) {
      this(recipe, !KNOWN.contains(recipe.inner()), Preference.parts(recipe), recipe.text());
    }
  }

  /** Each recipe once, the simplest first. */
  public static List<GemmRecipe> sorted(List<GemmRecipe> recipes) {
    return recipes.stream()
        .distinct()
        .map(Keyed::new)
        .sorted(Keyed.ORDER)
        .map(Keyed::recipe)
        .toList();
  }

  private static int parts(GemmRecipe recipe) {
    int chain = recipe.chain() instanceof Chain.Seq ? 0 : 1;
    int split =
        switch (recipe.split()) {
          case Split.None _ -> 0;
          case Split.SplitK cut -> cut.residue() == Split.SplitK.Residue.LAST ? 1 : 2;
          case Split.Cyclic _ -> 2;
          case Split.Even _ -> 3;
          case Split.StreamK _ -> 4;
          case Split.Bounds _ -> 5;
        };
    boolean forward =
        !(recipe.combine() instanceof Combine.Sum sum) || sum.order() == Combine.Order.FWD;
    return 2 * (chain + split) + (forward ? 0 : 1);
  }

  private static int ofChain(GemmRecipe recipe) {
    boolean fused = recipe.inner() instanceof Inner.Fda;
    return switch (recipe.chain()) {
      case Chain.Seq _ -> 0;
      case Chain.KBlock block -> fused ? 6 : block.rule() == Chain.KBlock.Rule.MLAS ? 1 : 2;
      case Chain.Sliced _ -> 3;
      case Chain.Promote _ -> 4;
    };
  }

  private static int ofSplit(Split split) {
    return switch (split) {
      case Split.None _ -> 0;
      case Split.SplitK _, Split.Cyclic _ -> 2;
      case Split.Even _, Split.StreamK _ -> 3;
      case Split.Bounds _ -> 4;
    };
  }

  /** Roundings that no hardware is known to have. */
  private static int strange(GemmRecipe recipe) {
    boolean step =
        recipe.inner() instanceof Inner.Fda fda
            && (fda.acc() == Accumulator.F32RNE
                || (fda.fraction() <= 13 && fda.acc() == Accumulator.F32RZ));
    boolean sum =
        recipe.chain() instanceof Chain.Promote promote && promote.into() != Accumulator.F32RNE;
    return (step ? 1 : 0) + (sum ? 1 : 0);
  }
}
