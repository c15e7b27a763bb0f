package org.bitref.kernel.spec;

import java.util.List;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Scales;
import org.bitref.numerics.Format;
import org.bitref.recipe.Chain;
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
  private final int[][] firstTerms;

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
    this.firstTerms = scaledRuns(recipe, operands.scales(), columns);
  }

  /** Where each run begins, if runs have scales of their own. */
  private static int[][] scaledRuns(GemmRecipe recipe, Scales scales, int columns) {
    boolean fused = recipe.chain() instanceof Chain.Promote promote && promote.fmascale();
    if (!fused || scales.isEmpty()) {
      return new int[0][];
    }
    List<List<KPlan.Run>> slices = KPlan.of(recipe, scales.depth(), columns).slices();
    int[][] first = new int[slices.size()][];
    for (int slice = 0; slice < first.length; slice++) {
      List<KPlan.Run> runs = slices.get(slice);
      first[slice] = runs.stream().mapToInt(run -> firstTerm(run, scales)).toArray();
    }
    return first;
  }

  private static int firstTerm(KPlan.Run run, Scales scales) {
    if (run.ranges().isEmpty()) {
      return 0;
    }
    int from = run.ranges().getFirst().from();
    run.ranges().forEach(range -> scales.checkConstant(from, range.to() - 1));
    return from;
  }

  /** True if the sums of runs have scales of their own. */
  public boolean scalesRuns() {
    return firstTerms.length > 0;
  }

  /** The scale of a run of output (m, n). */
  public double runScale(long m, long n, int slice, int run) {
    return operands.scales().alpha(m, n, firstTerms[slice][run]);
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
    return steps.apply(sum(sums, m, n), m, n);
  }

  /** The sum of output (m, n) before the epilogue. */
  public double sum(double[][] sums, int m, int n) {
    double c = fold.startsWithC() ? initial(m, n) : 0;
    return scalesRuns()
        ? fold.of(sums, c, (slice, run) -> runScale(m, n, slice, run))
        : fold.of(sums, c);
  }

  /** Its stored bits, zero-extended. */
  public long bits(double[][] sums, int m, int n) {
    return stored(sum(sums, m, n), m, n);
  }

  /** The stored bits of a sum. */
  public long stored(double sum, int m, int n) {
    double value = steps.apply(sum, m, n);
    Format format = recipe.output();
    return Double.isNaN(value) ? OutputWriter.nan(recipe) : format.encode(value);
  }

  /** Another alpha for what comes next, of operands without scales. */
  public void setAlpha(float alpha) {
    steps.setAlpha(alpha);
  }
}
