package org.bitref.kernel.blocked;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** A single dot product, by the interpreter and by the fast kernel alike. */
final class Dot {
  private Dot() {}

  /** The result of a sum of products with ones, as its stored word. */
  static String bits(String recipe, double... terms) {
    return product(recipe, terms, ones(terms.length), GemmOperands.NONE);
  }

  static String product(String recipe, double[] a, double[] b, GemmOperands operands) {
    Tensor x = Tensor.ofDoubles(Shape.of(1, a.length), a);
    Tensor w = Tensor.ofDoubles(Shape.of(1, b.length), b);
    try (Workers workers = new Workers(1)) {
      GemmRecipe parsed = GemmRecipe.parse(recipe);
      Tensor y = Kernels.interpreter(parsed).multiply(x, w, operands, workers);
      assertEquals(y.bits(0), Kernels.gemm(parsed).multiply(x, w, operands, workers).bits(0));
      return Long.toHexString(y.bits(0));
    }
  }

  static double[] ones(int n) {
    double[] ones = new double[n];
    Arrays.fill(ones, 1);
    return ones;
  }
}
