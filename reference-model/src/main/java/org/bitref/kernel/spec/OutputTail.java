package org.bitref.kernel.spec;

import org.bitref.kernel.GemmOperands;
import org.bitref.numerics.Format;
import org.bitref.recipe.GemmRecipe;

/** From the sums of an output's runs to its stored word: chain, combine and epilogue. */
public final class OutputTail {
  private final RunMerge merge;
  private final SliceMerge combine;
  private final Steps steps;
  private final Format format;
  private final Format initialFormat;
  private final GemmOperands operands;
  private final int columns;
  private final boolean startsWithC;
  private final long nan;

  /**
   * @param columns N of the captured product
   */
  public OutputTail(GemmRecipe recipe, GemmOperands operands, int columns) {
    this.merge = RunMerge.of(recipe, operands.alpha());
    this.combine = SliceMerge.of(recipe);
    this.steps = new Steps(recipe.epilogue(), operands, columns);
    this.format = recipe.output();
    this.initialFormat = Fold.initialFormat(recipe);
    this.operands = operands;
    this.columns = columns;
    this.startsWithC = merge.startsWithC();
    this.nan = OutputWriter.nan(recipe);
  }

  /** What the first run of output (m, n) starts with. */
  public double firstRun(int m, int n) {
    return startsWithC ? 0 : initial(m, n);
  }

  private double initial(int m, int n) {
    return operands.c() == null
        ? 0
        : Arithmetic.nearest(initialFormat).round(operands.c().get((long) m * columns + n));
  }

  /**
   * The stored bits of output (m, n), zero-extended.
   *
   * @param sums [slice][run]; left as they are
   */
  public long bits(double[][] sums, int m, int n) {
    double[] slices = new double[sums.length];
    for (int i = 0; i < sums.length; i++) {
      slices[i] = slice(sums[i], i == 0 && startsWithC ? initial(m, n) : 0);
    }
    double value = steps.apply(combine.merge(slices), m, n);
    return Double.isNaN(value) ? nan : format.encode(value);
  }

  private double slice(double[] runs, double c) {
    double main = startsWithC ? merge.add(c, runs[0]) : runs[0];
    for (int i = 1; i < runs.length; i++) {
      main = merge.add(main, runs[i]);
    }
    return main;
  }
}
