package org.bitref.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
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
  private final Format format;
  private final Workers workers;
  private volatile Group hardest;

  FactorTrials(Captured<Product> gemm, FactorGroups groups, Workers workers) {
    this.gemm = gemm;
    this.groups = groups;
    this.hardest = groups.groups().getFirst();
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

  /** The groups that a recipe does not reproduce. */
  List<Group> failing(GemmRecipe recipe) {
    List<Optional<FactorInterval>> factors = factors(recipe);
    return IntStream.range(0, factors.size())
        .filter(i -> factors.get(i).isEmpty())
        .mapToObj(groups.groups()::get)
        .toList();
  }

  /**
   * Some outputs of a group, those first that leave a recipe the fewest factors: from below and
   * from above in turn. An output that is damaged is among them.
   */
  int[] tightest(GemmRecipe recipe, Group group, int[] order, int most) {
    Single single = single(recipe);
    int columns = gemm.operation().columns();
    Map<Integer, FactorInterval> alone = new HashMap<>();
    for (int output : order) {
      FactorInterval factors = FactorInterval.around(group.measured());
      int m = output / columns;
      int n = output % columns;
      double sum = single.sum(m, n);
      factors.narrow(single.tail(), sum, m, n, format, gemm.y().bits(output));
      alone.put(output, factors);
    }
    List<Integer> below = new ArrayList<>(alone.keySet());
    below.sort(Comparator.comparingDouble(i -> -Math.abs(alone.get(i).least())));
    List<Integer> above = new ArrayList<>(alone.keySet());
    above.sort(Comparator.comparingDouble(i -> Math.abs(alone.get(i).most())));
    Set<Integer> first = new LinkedHashSet<>();
    for (int i = 0; i < Math.min(most, order.length); i++) {
      first.add(below.get(i));
      first.add(above.get(i));
    }
    Arrays.stream(order).forEach(first::add);
    return first.stream().mapToInt(i -> i).toArray();
  }

  @Override
  public boolean reproduces(GemmRecipe recipe) {
    if (!reproducesFirst(recipe)) {
      return false;
    }
    List<Group> failing = failing(recipe);
    if (!failing.isEmpty()) {
      hardest = failing.getFirst();
    }
    return failing.isEmpty();
  }

  /** The group that the last recipe failed at comes first. */
  @Override
  public boolean reproducesFirst(GemmRecipe recipe) {
    return factors(single(recipe), hardest).isPresent();
  }

  @Override
  public long equal(GemmRecipe recipe) {
    return hits(recipe).cardinality();
  }

  /** With the factors that the outputs measure: those around them do not matter here. */
  @Override
  public int differing(List<GemmRecipe> recipes, int most) {
    Captured<Product> scaled =
        new Captured<>(gemm.operation().withScales(groups.measured(gemm.operation())), gemm.y());
    int[] all = IntStream.range(0, Math.toIntExact(gemm.y().elements())).toArray();
    return new Confirmation(scaled, all, workers).differing(recipes, most);
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
