package org.bitref.identify;

import java.util.BitSet;
import org.bitref.capture.GemmCase;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.KPlan;
import org.bitref.kernel.Kernels;
import org.bitref.kernel.OutputSums;
import org.bitref.kernel.OutputTail;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;

/** Recipes tried on every captured output. */
final class Confirmation {
  private static final int FIRST = 256;

  private final GemmCase gemm;
  private final GemmOperands operands;
  private final Format format;
  private final int[] order;
  private final Workers workers;

  /**
   * @param order the outputs, most telling first
   */
  Confirmation(GemmCase gemm, int[] order, Workers workers) {
    this.gemm = gemm;
    this.format = gemm.y().dtype().format().orElseThrow();
    this.order = order;
    this.operands = GemmOperands.NONE.withC(gemm.c()).withBias(gemm.bias());
    this.workers = workers;
  }

  /** True if a recipe reproduces everything. */
  boolean reproduces(GemmRecipe recipe) {
    return reproducesFirst(recipe) && equal(recipe) == gemm.y().elements();
  }

  /** True if a recipe reproduces the most telling outputs. Asks no other thread. */
  boolean reproducesFirst(GemmRecipe recipe) {
    OutputSums sums = new OutputSums(recipe, gemm.x(), gemm.w());
    OutputTail tail = new OutputTail(recipe, operands, gemm.columns());
    KPlan plan = KPlan.of(recipe.chain(), recipe.split(), gemm.depth(), gemm.columns());
    for (int i = 0; i < Math.min(FIRST, order.length); i++) {
      int m = order[i] / gemm.columns();
      int n = order[i] % gemm.columns();
      sums.select(m, n);
      if (!same(tail.bits(sums.of(plan, tail.firstRun(m, n)), m, n), gemm.y().bits(order[i]))) {
        return false;
      }
    }
    return true;
  }

  private boolean same(long a, long b) {
    return a == b || (Double.isNaN(format.decode(a)) && Double.isNaN(format.decode(b)));
  }

  /** How many outputs have equal bits. */
  long equal(GemmRecipe recipe) {
    return hits(recipe).cardinality();
  }

  /** Outputs with equal bits; a NaN is equal to any other. */
  BitSet hits(GemmRecipe recipe) {
    Tensor ours = Kernels.gemm(recipe).multiply(gemm.x(), gemm.w(), operands, workers);
    BitSet hits = new BitSet();
    for (int i = 0; i < ours.elements(); i++) {
      hits.set(i, same(ours.bits(i), gemm.y().bits(i)));
    }
    return hits;
  }
}
