package org.bitref.search;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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
final class Confirmation implements Trials {
  private static final int FIRST = 256;

  /** Multiply-adds that are done before a kernel of the vectors is compiled. */
  private static final double FEW = 0x1p21;

  private final Captured<Product> gemm;
  private final Product product;
  private final Map<List<Boolean>, Product> readings = new ConcurrentHashMap<>();
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
    this.workers = workers;
  }

  @Override
  public boolean reproduces(GemmRecipe recipe) {
    return reproducesFirst(recipe) && equal(recipe) == gemm.y().elements();
  }

  @Override
  public boolean reproducesFirst(GemmRecipe recipe) {
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

    OutputTail tail() {
      return tail;
    }

    /** Before the epilogue. */
    double sum(int m, int n) {
      sums.select(m, n);
      return tail.sum(sums.of(plan, tail.firstRun(m, n)), m, n);
    }

    long bits(int m, int n) {
      return tail.stored(sum(m, n), m, n);
    }
  }

  private Single single(GemmRecipe recipe) {
    Product read = read(recipe);
    return new Single(recipe, read.x(), read.w(), read.operands(), read.columns());
  }

  /** The product as the recipe takes it, multiplied out but once. */
  private Product read(GemmRecipe recipe) {
    return product.scales().isEmpty()
        ? product
        : readings.computeIfAbsent(
            List.of(recipe.scalesX(), recipe.scalesW()), _ -> product.under(recipe));
  }

  private boolean hits(Single single, int output) {
    return StoredBits.same(format, bits(single, output), gemm.y().bits(output));
  }

  private long bits(Single single, int output) {
    return single.bits(output / product.columns(), output % product.columns());
  }

  /** The most telling outputs first. */
  @Override
  public int differing(List<GemmRecipe> recipes, int most) {
    List<Single> singles = recipes.stream().map(this::single).toList();
    return (int)
        Arrays.stream(order)
            .filter(
                output ->
                    singles.stream().mapToLong(one -> bits(one, output)).distinct().count() > 1)
            .limit(most)
            .count();
  }

  @Override
  public long equal(GemmRecipe recipe) {
    return hits(recipe).cardinality();
  }

  @Override
  public BitSet hits(GemmRecipe recipe) {
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
      Product read = read(recipe);
      Tensor ours = Kernels.gemm(recipe).multiply(read.x(), read.w(), read.operands(), workers);
      for (int i = 0; i < outputs; i++) {
        hits[i] = StoredBits.same(format, ours.bits(i), gemm.y().bits(i));
      }
    }
    BitSet set = new BitSet();
    IntStream.range(0, outputs).filter(i -> hits[i]).forEach(set::set);
    return set;
  }
}
