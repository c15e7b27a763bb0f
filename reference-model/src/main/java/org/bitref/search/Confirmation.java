package org.bitref.search;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;
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
  private static final double FEW = 0x1p21;

  private final Captured<Product> gemm;
  private final Product product;
  private final GemmOperands operands;
  private final Format format;
  private final int[] order;
  private final Workers workers;

  /**
   * @param order the outputs, most telling first
   */
  Confirmation(Captured<Product> gemm, int[] order, Workers workers) {
    this.gemm = gemm;
    this.product = gemm.operation();
    this.format = gemm.y().dtype().format().orElseThrow();
    this.order = order;
    this.operands = GemmOperands.of(product.c(), product.bias());
    this.workers = workers;
  }

  /** True if a recipe reproduces everything. */
  boolean reproduces(GemmRecipe recipe) {
    return reproducesFirst(recipe) && equal(recipe) == gemm.y().elements();
  }

  /** True if a recipe reproduces the most telling outputs. Asks no other thread. */
  boolean reproducesFirst(GemmRecipe recipe) {
    Single single = single(recipe);
    return Arrays.stream(order).limit(FIRST).allMatch(output -> hits(single, output));
  }

  /** One output of a recipe at a time; not thread-safe. */
  static final class Single {
    private final OutputSums sums;
    private final OutputTail tail;
    private final KPlan plan;

    /**
     * @param x [M, K]
     * @param w [N, K], of as many columns or fewer
     * @param columns of the whole product, which one blocking rule looks at
     */
    Single(GemmRecipe recipe, Tensor x, Tensor w, GemmOperands operands, int columns) {
      this.sums = new OutputSums(recipe, x, w);
      this.tail = new OutputTail(recipe, operands, w.shape().intDim(0));
      this.plan = KPlan.of(recipe, w.shape().intDim(1), columns);
    }

    KPlan plan() {
      return plan;
    }

    long bits(int m, int n) {
      sums.select(m, n);
      return tail.bits(sums.of(plan, tail.firstRun(m, n)), m, n);
    }
  }

  private Single single(GemmRecipe recipe) {
    return new Single(recipe, product.x(), product.w(), operands, product.columns());
  }

  private boolean hits(Single single, int output) {
    long bits = single.bits(output / product.columns(), output % product.columns());
    return StoredBits.same(format, bits, gemm.y().bits(output));
  }

  /** How many outputs have equal bits. */
  long equal(GemmRecipe recipe) {
    return hits(recipe).cardinality();
  }

  /** Outputs with equal bits; a NaN is equal to any other. */
  BitSet hits(GemmRecipe recipe) {
    int outputs = Math.toIntExact(gemm.y().elements());
    boolean[] hits = new boolean[outputs];
    if ((double) outputs * product.depth() <= FEW) {
      workers.forEach(
          outputs,
          product.columns(),
          (from, to) -> {
            Single single = single(recipe);
            for (int i = from; i < to; i++) {
              hits[i] = hits(single, i);
            }
          });
    } else {
      Tensor ours = Kernels.gemm(recipe).multiply(product.x(), product.w(), operands, workers);
      for (int i = 0; i < outputs; i++) {
        hits[i] = StoredBits.same(format, ours.bits(i), gemm.y().bits(i));
      }
    }
    BitSet set = new BitSet();
    IntStream.range(0, outputs).filter(i -> hits[i]).forEach(set::set);
    return set;
  }
}
