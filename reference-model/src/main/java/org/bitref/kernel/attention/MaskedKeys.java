package org.bitref.kernel.attention;

import org.bitref.kernel.spec.KPlan;
import org.bitref.recipe.Chain;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Split;
import org.bitref.recipe.Split.SplitK.Residue;
import org.bitref.tensor.Tensor;

/** When the keys after a query, whose weights are zero, may be left out without changing a bit. */
final class MaskedKeys {
  private MaskedKeys() {}

  /**
   * True if the mask outweighs every score: a masked key then lies so far below the largest score
   * of an unmasked one that its exponential is zero.
   *
   * @param mostScore above the magnitude of every score
   * @param masked what a mask adds, negative
   */
  static boolean vanish(double mostScore, double masked) {
    return mostScore < -masked / 8;
  }

  /** The largest magnitude; infinity if there is a NaN. */
  static double largest(Tensor tensor) {
    double[] values = new double[Math.toIntExact(tensor.elements())];
    tensor.read(0, values, 0, values.length);
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return Double.isNaN(largest) ? Double.POSITIVE_INFINITY : largest;
  }

  /** True if sums of {@code k} terms are the same in a product of {@code few} columns. */
  static boolean columnsAreFree(GemmRecipe recipe, int k, int all, int few) {
    KPlan whole = KPlan.of(recipe.chain(), recipe.split(), k, all);
    return whole.equals(KPlan.of(recipe.chain(), recipe.split(), k, few));
  }

  /**
   * How many terms of a sum count if all from {@code seen} on are zeros: fewer than {@code all} if
   * zeros at the end leave an accumulator as it is.
   */
  static int terms(GemmRecipe recipe, int seen, int all) {
    if (!(isInOrder(recipe.inner()) && recipe.chain() instanceof Chain.Seq)) {
      return all;
    }
    return switch (recipe.split()) {
      case Split.None _ -> seen;
      // What comes first is what is left of all terms: only whole tiles may go.
      case Split.SplitK(int s, int _, Residue residue, int bk)
          when s == 1 && residue == Residue.FIRST ->
          all - (all - seen) / bk * bk;
      default -> all;
    };
  }

  private static boolean isInOrder(Inner inner) {
    return switch (inner) {
      case Inner.Fda fda -> fda.kper().isIdentity() && !fda.clast();
      case Inner.Fma fma -> fma.lanes().count() == 1;
      case Inner.MulAdd _, Inner.Bf16Dp _, Inner.Exact _ -> false;
    };
  }
}
