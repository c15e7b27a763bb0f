package org.bitref.probe;

import java.util.Comparator;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Split;

/**
 * Of recipes that are one function, the name that the hardware suggests: tensor cores split K,
 * chains of CPU libraries block it.
 */
final class Familiar {
  static final Comparator<GemmRecipe> FIRST = Comparator.comparingInt(Familiar::rank);

  private Familiar() {}

  private static int rank(GemmRecipe recipe) {
    boolean fused = recipe.inner() instanceof Inner.Fda;
    int chain =
        switch (recipe.chain()) {
          case Chain.Seq _ -> 0;
          case Chain.KBlock block -> fused ? 6 : block.rule() == Chain.KBlock.Rule.MLAS ? 1 : 2;
          case Chain.Sliced _ -> 3;
          case Chain.Promote _ -> 4;
        };
    int split =
        switch (recipe.split()) {
          case Split.None _ -> 0;
          case Split.SplitK _ -> 2;
          case Split.Cyclic _ -> 2;
          case Split.Even _ -> 3;
          case Split.StreamK _ -> 3;
          case Split.Bounds _ -> 4;
        };
    return chain + split + strange(recipe);
  }

  /** Roundings that no hardware is known to have. */
  private static int strange(GemmRecipe recipe) {
    int strange = 0;
    if (recipe.inner() instanceof Inner.Fda fda) {
      boolean narrow = fda.fraction() <= 13 && fda.acc() == Accumulator.F32RZ;
      strange += fda.acc() == Accumulator.F32RNE || narrow ? 1 : 0;
    }
    if (recipe.chain() instanceof Chain.Promote promote) {
      strange += promote.into() == Accumulator.F32RNE ? 0 : 1;
    }
    return strange;
  }
}
