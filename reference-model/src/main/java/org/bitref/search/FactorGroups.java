package org.bitref.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bitref.kernel.OperandScale;
import org.bitref.kernel.Scales;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.FoundFactors.By;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * The outputs of a product that may have a factor in common, and what it measures.
 *
 * @param groups one for each row or column, or one of all
 */
record FactorGroups(By by, List<Group> groups) {
  private static final GemmRecipe PLAIN =
      GemmRecipe.parse("in=f32 | fma(acc=f32rne) | seq | none | none | none");

  /**
   * An accident of 1 in 2^64, as everywhere, is asked for, and a float32 has 24 bits to fit a
   * factor with: so many bits are in the significands of the outputs that share one.
   */
  private static final int LEAST_BITS = 64 + 24;

  /** Less alike, it is no product of these operands. */
  private static final double ALIKE = 0.98;

  /**
   * Outputs with one factor.
   *
   * @param outputs indices into y
   * @param telling how many have a product other than zero
   * @param measured the median of y over the product; 1 where nothing tells
   */
  record Group(int[] outputs, int telling, double measured) {}

  /**
   * The groups of a product without scales; empty if outputs that share a factor are too few, do
   * not follow the product, or if most of them need none.
   */
  static Optional<FactorGroups> of(By by, Captured<Product> gemm, Workers workers) {
    Product product = gemm.operation();
    double[] plain =
        Kernels.gemm(PLAIN)
            .multiply(product.x(), product.w(), product.operands(), workers)
            .toDoubles();
    double[] y = gemm.y().toDoubles();
    int precision = gemm.y().dtype().format().orElseThrow().precision();
    int least = Math.max(Outcome.TooFew.LEAST, Math.ceilDiv(LEAST_BITS, precision));
    List<Group> groups = new ArrayList<>();
    for (int[] outputs : by.outputs(product.rows(), product.columns())) {
      Group group = measured(outputs, plain, y);
      boolean few = group.telling > 0 && group.telling < least;
      if (few || (group.telling > 0 && !(Math.abs(cosine(outputs, plain, y)) >= ALIKE))) {
        return Optional.empty();
      }
      groups.add(group);
    }
    return groups.stream().anyMatch(group -> group.telling > 0)
        ? Optional.of(new FactorGroups(by, groups))
        : Optional.empty();
  }

  private static Group measured(int[] outputs, double[] plain, double[] y) {
    double[] ratios =
        Arrays.stream(outputs)
            .filter(i -> plain[i] != 0 && y[i] != 0)
            .mapToDouble(i -> y[i] / plain[i])
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    double median = ratios.length == 0 ? 1 : ratios[ratios.length / 2];
    return new Group(outputs, ratios.length, median);
  }

  private static double cosine(int[] outputs, double[] a, double[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i : outputs) {
      ab += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }

  /** The measured factors as scales of a product. */
  Scales measured(Product product) {
    float[] measured = new float[groups.size()];
    for (int i = 0; i < measured.length; i++) {
      measured[i] = (float) groups.get(i).measured();
    }
    Tensor factors = Tensor.ofFloats(Shape.of(measured.length), measured);
    int rows = by == By.COLUMN ? product.columns() : product.rows();
    Optional<OperandScale> scale = Optional.of(OperandScale.of(factors, rows, product.depth()));
    return by == By.COLUMN
        ? new Scales(Optional.empty(), scale)
        : new Scales(scale, Optional.empty());
  }

  /** The one of these that has most of some outputs. */
  static Group most(List<Group> some, int[] order) {
    boolean[] there = new boolean[1 + Arrays.stream(order).max().orElse(0)];
    Arrays.stream(order).forEach(i -> there[i] = true);
    return some.stream()
        .max(
            Comparator.comparingLong(
                group ->
                    IntStream.of(group.outputs).filter(i -> i < there.length && there[i]).count()))
        .orElseThrow();
  }
}
