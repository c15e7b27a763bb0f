package org.bitref.kernel;

import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;

/**
 * A product cut into blocks that fit the caches, around a {@link Microkernel}: K in ranges of at
 * most {@link #DEPTH} terms, between which the accumulators rest in memory. Splits and chains are
 * those of the interpreter, whole tiles at a time.
 *
 * <p>Source of the blocking: K. Goto and R. van de Geijn, "Anatomy of high-performance matrix
 * multiplication", ACM TOMS 34, 2008.
 */
final class BlockedGemm implements GemmKernel {
  /** Terms between two visits of an accumulator to memory; a multiple of every w. */
  static final int DEPTH = 192;

  private static final int ROWS = 1536;
  private static final int COLUMNS = 256;

  private final GemmRecipe recipe;
  private final Microkernel fast;
  private final Microkernel general;

  BlockedGemm(GemmRecipe recipe, Microkernel kernel) {
    this(recipe, kernel, kernel);
  }

  /**
   * @param general takes over where runs begin within the steps that {@code fast} has bounds for
   */
  BlockedGemm(GemmRecipe recipe, Microkernel fast, Microkernel general) {
    this.recipe = recipe;
    this.fast = fast;
    this.general = general;
  }

  @Override
  public Tensor multiply(Tensor x, Tensor w, GemmOperands operands, Workers workers) {
    Problem problem = new Problem(recipe, x, w, operands);
    KPlan plan = KPlan.of(recipe, problem.depth(), problem.columns());
    int step = fast.boundedTerms();
    Microkernel kernel = step == 0 || plan.startsAtMultiplesOf(step) ? fast : general;
    if (kernel.swapsPairs() && !plan.keepsPairs(problem.depth())) {
      return new Interpreter(recipe).multiply(x, w, operands, workers);
    }
    OutputWriter out = problem.writer();
    problem.steps();
    int slices = plan.slices().size();
    // With many slices, whose sums wait for each other, blocks are smaller.
    int rows = Math.max(kernel.rows(), ROWS / Math.min(slices, 16));
    for (int from = 0; from < problem.rows(); from += rows) {
      int to = Math.min(problem.rows(), from + rows);
      int first = from;
      PackedRows a = PackedRows.of(problem, from, to, kernel, workers);
      workers.forEach(
          problem.columns(),
          COLUMNS,
          (n, end) -> new Block(problem, kernel, plan, a, first, n, end).run(out));
    }
    return out.build();
  }
}
