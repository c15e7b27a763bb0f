package org.bitref.kernel.blocked;

import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.spec.Interpreter;
import org.bitref.kernel.spec.KPlan;
import org.bitref.kernel.spec.OutputWriter;
import org.bitref.kernel.spec.Problem;
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

  private static final int ROWS = 384;
  private static final int COLUMNS = 512;

  /** Most words of an operand that are packed at a time. */
  private static final int PACKED = 1 << 26;

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
    return multiply(x, w, operands, workers, Optional.empty());
  }

  @Override
  public RightFactor ready(Tensor w, Workers workers) {
    Problem whole = new Problem(recipe, w, w, GemmOperands.NONE);
    if (swapsPairs() || whole.columns() > packed(PanelLayout.ofColumns(fast), whole)) {
      return GemmKernel.super.ready(w, workers);
    }
    PackedOperand packed = PackedOperand.right(whole, 0, whole.columns(), fast, workers);
    return (x, part, others) -> multiply(x, part, GemmOperands.NONE, others, Optional.of(packed));
  }

  /**
   * @param ready w and more rows and terms, packed for {@code fast}
   */
  private Tensor multiply(
      Tensor x, Tensor w, GemmOperands operands, Workers workers, Optional<PackedOperand> ready) {
    Problem problem = new Problem(recipe, x, w, operands);
    KPlan plan = problem.plan();
    int step = fast.packing().boundedTerms();
    boolean keepsSteps = step == 0 || plan.startsAtMultiplesOf(step);
    Microkernel kernel = keepsSteps ? fast : general;
    if (swapsPairs() && !plan.keepsPairs(problem.depth())) {
      return new Interpreter(recipe).multiply(x, w, operands, workers);
    }
    OutputWriter out = problem.writer();
    Queue<Block.Memory> idle = new ConcurrentLinkedQueue<>();
    int rows = packed(PanelLayout.ofRows(kernel), problem);
    int columns = packed(PanelLayout.ofColumns(kernel), problem);
    for (int m = 0; m < problem.rows(); m += rows) {
      int bottom = Math.min(problem.rows(), m + rows);
      PackedOperand a = PackedOperand.left(problem, m, bottom, kernel, workers);
      for (int n = 0; n < problem.columns(); n += columns) {
        int right = Math.min(problem.columns(), n + columns);
        PackedOperand b =
            ready.isPresent() && keepsSteps
                ? ready.get().rows(right)
                : PackedOperand.right(problem, n, right, kernel, workers);
        List<Area> areas = areas(a, b, kernel, plan, workers.threads());
        workers.forEach(
            areas.size(),
            1,
            (i, _) -> {
              Block.Memory memory =
                  Optional.ofNullable(idle.poll()).orElseGet(() -> new Block.Memory(plan));
              new Block(problem, kernel, plan, memory, a, b, areas.get(i)).run(out);
              idle.add(memory);
            });
      }
    }
    return out.build();
  }

  private boolean swapsPairs() {
    return fast.packing() instanceof Packing.OddFirst;
  }

  /** How many rows of an operand are packed at a time: whole panels. */
  private static int packed(PanelLayout layout, Problem problem) {
    int panels = PACKED / Math.max(1, layout.size(problem.depth()));
    return layout.width() * Math.clamp(panels, 1, 1 << 16);
  }

  private static List<Area> areas(
      PackedOperand a, PackedOperand w, Microkernel kernel, KPlan plan, int threads) {
    // With many slices, whose sums wait for each other, areas are smaller.
    int most = Math.max(kernel.rows(), ROWS / Math.min(plan.slices().size(), 8));
    Area whole = new Area(0, a.rows(), 0, w.rows());
    return whole.cut(most, COLUMNS, kernel.rows(), kernel.columns(), threads);
  }
}
