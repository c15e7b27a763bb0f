package org.bitref.search;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.NormKernel;
import org.bitref.kernel.row.NormKernel.Scale;
import org.bitref.operation.Norm;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.NormRecipe.Mean;
import org.bitref.recipe.NormRecipe.Place;
import org.bitref.recipe.NormRecipe.Rsqrt;
import org.bitref.recipe.SumOrder;
import org.bitref.search.NormGroup.Element;
import org.bitref.tensor.Tensor;

/**
 * Groups norms by what they do with some rows. Many orders of a sum give the same sums, and many
 * ways from there the same scales: what is the same goes on as one.
 */
final class NormGroups {
  private final Norm norm;
  private final List<Rows> from;
  private final int[] at;
  private final Workers workers;
  private final Map<List<Double>, Integer> numbers = new HashMap<>();

  /**
   * @param from whose rows are taken
   * @param at which rows of each
   */
  NormGroups(Norm norm, List<Tensor> from, int[] at, Workers workers) {
    this.norm = norm;
    this.at = at;
    this.from = from.stream().map(this::rows).toList();
    this.workers = workers;
  }

  /**
   * Some rows of a tensor.
   *
   * @param all how many it has
   */
  private record Rows(double[][] values, long all) {}

  private Rows rows(Tensor tensor) {
    double[][] values = new double[at.length][norm.width()];
    for (int i = 0; i < at.length; i++) {
      tensor.read((long) at[i] * norm.width(), values[i], 0, norm.width());
    }
    return new Rows(values, tensor.elements() / norm.width());
  }

  private record SumKey(SumOrder order, boolean low) {}

  /**
   * The rows' sums.
   *
   * @param number the same for equal ones
   */
  private record Sums(double[] ofRows, int number) {}

  /** All of a recipe that its rows' scales depend on. */
  private record ScaleKey(
      int sums, boolean low, Mean mean, Optional<Double> eps, Place place, Rsqrt rsqrt) {}

  /**
   * The rows' scales.
   *
   * @param roots the same for equal ones
   * @param reciprocals likewise
   */
  private record Scales(List<Scale> ofRows, int roots, int reciprocals) {}

  private record Key(Element element, int scales) {}

  /** The groups in the order of their first recipes. */
  Collection<NormGroup> of(List<NormRecipe> recipes) {
    Map<SumKey, Sums> sums = new HashMap<>();
    Map<ScaleKey, Scales> scales = new HashMap<>();
    Map<Key, NormGroup> groups = new LinkedHashMap<>();
    for (NormRecipe recipe : recipes) {
      SumKey order = new SumKey(recipe.sum(), recipe.low());
      Sums sum = sums.computeIfAbsent(order, _ -> sums(recipe));
      Scales of = scales.computeIfAbsent(key(sum, recipe), _ -> scales(sum, recipe));
      Element element = Element.of(recipe);
      groups
          .computeIfAbsent(
              new Key(element, element.divides() ? of.roots : of.reciprocals),
              _ -> new NormGroup(element, of.ofRows))
          .recipes()
          .add(recipe);
    }
    return groups.values();
  }

  private static ScaleKey key(Sums sums, NormRecipe recipe) {
    return new ScaleKey(
        sums.number, recipe.low(), recipe.mean(), recipe.eps(), recipe.place(), recipe.rsqrt());
  }

  private Sums sums(NormRecipe recipe) {
    NormKernel kernel = new NormKernel(recipe, norm.eps());
    double[] sums =
        from.stream()
            .flatMapToDouble(rows -> Arrays.stream(kernel.sums(rows.values, at, rows.all, workers)))
            .toArray();
    return new Sums(sums, number(Arrays.stream(sums).boxed().toList()));
  }

  private Scales scales(Sums sums, NormRecipe recipe) {
    NormKernel kernel = new NormKernel(recipe, norm.eps());
    List<Scale> scales =
        Arrays.stream(sums.ofRows).mapToObj(sum -> kernel.scale(sum, norm.width())).toList();
    return new Scales(
        scales,
        number(scales.stream().map(Scale::root).toList()),
        number(scales.stream().map(Scale::reciprocal).toList()));
  }

  private int number(List<Double> list) {
    return numbers.computeIfAbsent(list, _ -> numbers.size());
  }
}
