package org.bitref.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.Confirmation.Single;
import org.bitref.search.FactorGroups.Group;

/**
 * Recipes tried on products of which groups of outputs have a factor that is not known: a recipe
 * reproduces a group if there is a factor under which it gives every output of it.
 */
final class FactorTrials implements Trials {
  private final Captured<Product> gemm;
  private final FactorGroups groups;
  private final Group first;
  private final Format format;
  private final Workers workers;

  /**
   * @param first the group to try first
   */
  FactorTrials(Captured<Product> gemm, FactorGroups groups, Group first, Workers workers) {
    this.gemm = gemm;
    this.groups = groups;
    this.first = first;
    this.format = gemm.y().dtype().format().orElseThrow();
    this.workers = workers;
  }

  private Single single(GemmRecipe recipe) {
    Product product = gemm.operation();
    return new Single(recipe, product.x(), product.w(), product.operands(), product.columns());
  }

  /** The factors under which a recipe gives a group; empty if there are none. */
  private Optional<FactorInterval> factors(Single single, Group group) {
    FactorInterval factors = FactorInterval.around(group.measured());
    int columns = gemm.operation().columns();
    for (int output : group.outputs()) {
      int m = output / columns;
      int n = output % columns;
      double sum = single.sum(m, n);
      if (!factors.narrow(single.tail(), sum, m, n, format, gemm.y().bits(output))) {
        return Optional.empty();
      }
    }
    return Optional.of(factors);
  }

  /** The factors of every group. */
  List<Optional<FactorInterval>> factors(GemmRecipe recipe) {
    List<Group> all = groups.groups();
    List<Optional<FactorInterval>> factors =
        new ArrayList<>(all.stream().map(_ -> none()).toList());
    workers.forEach(
        all.size(),
        1,
        (from, to) -> {
          Single single = single(recipe);
          for (int i = from; i < to; i++) {
            factors.set(i, factors(single, all.get(i)));
          }
        });
    return factors;
  }

  private static Optional<FactorInterval> none() {
    return Optional.empty();
  }

  @Override
  public boolean reproduces(GemmRecipe recipe) {
    return reproducesFirst(recipe) && factors(recipe).stream().allMatch(Optional::isPresent);
  }

  @Override
  public boolean reproducesFirst(GemmRecipe recipe) {
    return factors(single(recipe), first).isPresent();
  }

  @Override
  public long equal(GemmRecipe recipe) {
    return hits(recipe).cardinality();
  }

  @Override
  public BitSet hits(GemmRecipe recipe) {
    BitSet hits = new BitSet();
    List<Optional<FactorInterval>> factors = factors(recipe);
    for (int i = 0; i < factors.size(); i++) {
      if (factors.get(i).isPresent()) {
        Arrays.stream(groups.groups().get(i).outputs()).forEach(hits::set);
      }
    }
    return hits;
  }
}
