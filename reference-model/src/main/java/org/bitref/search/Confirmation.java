package org.bitref.search;

import java.util.BitSet;
import org.bitref.compare.StoredBits;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.kernel.blocked.OutputSums;
import org.bitref.kernel.spec.KPlan;
import org.bitref.kernel.spec.OutputTail;
import org.bitref.numerics.Format;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;

/** Recipes tried on every captured output. */
final class Confirmation {
  private static final int FIRST = 256;

  /** Multiply-adds that are done before a kernel of the vectors is compiled. */
  private static final double FEW = 0x1p26;

  private final Captured<Product> gemm;
  private final GemmOperands operands;
  private final Format format;
  private final int[] order;
  private final Workers workers;

  /**
   * @param order the outputs, most telling first
   */
  Confirmation(Captured<Product> gemm, int[] order, Workers workers) {
    this.gemm = gemm;
    this.format = gemm.y().dtype().format().orElseThrow();
    this.order = order;
    this.operands = GemmOperands.of(gemm.operation().c(), gemm.operation().bias());
    this.workers = workers;
  }

  /** True if a recipe reproduces everything. */
  boolean reproduces(GemmRecipe recipe) {
    return reproducesFirst(recipe) && equal(recipe) == gemm.y().elements();
  }

  /** True if a recipe reproduces the most telling outputs. Asks no other thread. */
  boolean reproducesFirst(GemmRecipe recipe) {
    Single single = new Single(recipe);
    for (int i = 0; i < Math.min(FIRST, order.length); i++) {
      if (!single.hits(order[i])) {
        return false;
      }
    }
    return true;
  }

  /** One output at a time. */
  private final class Single {
    private final OutputSums sums;
    private final OutputTail tail;
    private final KPlan plan;

    Single(GemmRecipe recipe) {
      this.sums = new OutputSums(recipe, gemm.operation().x(), gemm.operation().w());
      this.tail = new OutputTail(recipe, operands, gemm.operation().columns());
      this.plan =
          KPlan.of(
              recipe.chain(), recipe.split(), gemm.operation().depth(), gemm.operation().columns());
    }

    boolean hits(int output) {
      int m = output / gemm.operation().columns();
      int n = output % gemm.operation().columns();
      sums.select(m, n);
      return StoredBits.same(
          format, tail.bits(sums.of(plan, tail.firstRun(m, n)), m, n), gemm.y().bits(output));
    }
  }

  /** How many outputs have equal bits. */
  long equal(GemmRecipe recipe) {
    return hits(recipe).cardinality();
  }

  /** Outputs with equal bits; a NaN is equal to any other. */
  BitSet hits(GemmRecipe recipe) {
    int outputs = Math.toIntExact(gemm.y().elements());
    boolean[] hits = new boolean[outputs];
    if ((double) outputs * gemm.operation().depth() <= FEW) {
      workers.forEach(
          outputs,
          gemm.operation().columns(),
          (from, to) -> {
            Single single = new Single(recipe);
            for (int i = from; i < to; i++) {
              hits[i] = single.hits(i);
            }
          });
    } else {
      Tensor ours =
          Kernels.gemm(recipe)
              .multiply(gemm.operation().x(), gemm.operation().w(), operands, workers);
      for (int i = 0; i < outputs; i++) {
        hits[i] = StoredBits.same(format, ours.bits(i), gemm.y().bits(i));
      }
    }
    BitSet set = new BitSet();
    for (int i = 0; i < outputs; i++) {
      set.set(i, hits[i]);
    }
    return set;
  }
}
