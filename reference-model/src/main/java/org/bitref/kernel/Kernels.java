package org.bitref.kernel;

import org.bitref.recipe.GemmRecipe;

/** Finds the kernel for a recipe. */
public final class Kernels {
  private Kernels() {}

  /** The fastest kernel for the recipe; the interpreter where there is no faster one. */
  public static GemmKernel gemm(GemmRecipe recipe) {
    return interpreter(recipe);
  }

  /**
   * The recipe's executable specification: about 10^7 products a second. Every result of {@link
   * #gemm} is equal to it bit for bit.
   */
  public static GemmKernel interpreter(GemmRecipe recipe) {
    return new Interpreter(recipe);
  }
}
