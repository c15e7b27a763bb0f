package org.bitref.kernel.spec;

import org.bitref.kernel.GemmOperands;
import org.bitref.numerics.Format;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;

/**
 * From the sums of an output's runs to its stored word: chain, combine and epilogue. Not
 * thread-safe.
 */
public final class OutputTail {
  private final GemmRecipe recipe;
  private final GemmOperands operands;
  private final int columns;
  private final Fold fold;
  private final Steps steps;
  private final boolean hasInitial;
  private final Arithmetic initial;

  /**
   * The tail of the outputs of one product.
   *
   * @param columns N
   * @throws IllegalArgumentException if the epilogue asks for an operand that is missing
   */
  public OutputTail(GemmRecipe recipe, GemmOperands operands, int columns) {
    this.recipe = recipe;
    this.operands = operands;
    this.columns = columns;
    this.fold = new Fold(recipe, operands.alpha());
    this.steps = new Steps(recipe.epilogue(), operands, columns);
    this.hasInitial =
        operands.c().isPresent()
            && recipe.epilogue().steps().stream().noneMatch(Epilogue.Fma.class::isInstance);
    this.initial = Arithmetic.nearest(Fold.initialFormat(recipe));
  }

  /** Chain and combine. */
  public Fold fold() {
    return fold;
  }

  /** True if the operand c is what the accumulators start with. */
  public boolean hasInitial() {
    return hasInitial;
  }

  /** What the accumulator of output (m, n) starts with, rounded to nearest even into its format. */
  public double initial(long m, long n) {
    return hasInitial ? initial.round(operands.c().get().get(m * columns + n)) : 0;
  }

  /** What the first run of output (m, n) starts with. */
  public double firstRun(int m, int n) {
    return fold.startsWithC() ? 0 : initial(m, n);
  }

  /** The epilogue of output (m, n), whose runs have this sum. */
  public double steps(double sum, long m, long n) {
    return steps.apply(sum, m, n);
  }

  /**
   * The value of output (m, n).
   *
   * @param sums [slice][run]; left as they are
   */
  double value(double[][] sums, int m, int n) {
    return steps.apply(fold.of(sums, fold.startsWithC() ? initial(m, n) : 0), m, n);
  }

  /** Its stored bits, zero-extended. */
  public long bits(double[][] sums, int m, int n) {
    double value = value(sums, m, n);
    Format format = recipe.output();
    return Double.isNaN(value) ? OutputWriter.nan(recipe) : format.encode(value);
  }
}
