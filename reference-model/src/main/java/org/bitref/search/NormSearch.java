package org.bitref.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.NormKernel;
import org.bitref.kernel.row.NormKernel.Scale;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.recipe.Device;
import org.bitref.recipe.Device.Fit;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.NormRecipe.Form;
import org.bitref.recipe.NormRecipe.Mean;
import org.bitref.recipe.NormRecipe.Place;
import org.bitref.recipe.NormRecipe.Rsqrt;
import org.bitref.recipe.StageRecipe;
import org.bitref.recipe.SumOrder;
import org.bitref.search.space.RowSpace;
import org.bitref.search.space.StageSpace;
import org.bitref.tensor.Tensor;

/**
 * The search for a norm. All that a recipe does with a row before its elements is one pair of
 * numbers, a {@link Scale}, of which its elements take one: recipes of one form for which that is
 * equal in all rows are tried once. First a few rows and columns, then the survivors on everything.
 */
final class NormSearch {
  private static final int FIRST_ROWS = 8;
  private static final int FIRST_COLUMNS = 512;
  private static final int NEAREST = 5;

  private final Norm norm;
  private final Captured<Norm> captured;
  private final Workers workers;
  private final int width;
  private final int rows;
  private final double[] x;
  private final double[] y;
  private final Map<Format, double[]> weights = new HashMap<>();
  private final Ranking ranking;

  private final Device device;

  private NormSearch(Captured<Norm> captured, Device device, Workers workers) {
    this.device = device;
    this.captured = captured;
    this.norm = captured.operation();
    this.workers = workers;
    this.width = norm.width();
    this.rows = Math.toIntExact(norm.x().elements() / width);
    this.x = norm.x().toDoubles();
    this.y = captured.y().toDoubles();
    this.ranking = new Ranking(captured);
  }

  static Identification search(Captured<Norm> norm, Device device, Workers workers) {
    return new NormSearch(norm, device, workers).search();
  }

  /** Recipes that do the same with these rows: the elements' formula and the rows' scales. */
  private record Key(Form form, boolean low, Format weight, List<Double> scales) {}

  /** Recipes of one key, and how many of the outputs tried they reproduce. */
  private static final class Group {
    final Key key;
    final List<Scale> scales;
    final List<NormRecipe> recipes = new ArrayList<>();
    long equal;
    boolean wrong;

    Group(Key key, List<Scale> scales) {
      this.key = key;
      this.scales = scales;
    }

    NormRecipe first() {
      return recipes.getFirst();
    }
  }

  private Identification search() {
    int[] some = spread(rows, FIRST_ROWS);
    int[] columns = spread(width, FIRST_COLUMNS);
    Collection<Group> coarse =
        groups(
            RowSpace.norms(norm, captured.y().dtype().format().orElseThrow()),
            List.of(norm.x()),
            some);
    ranking.tried(coarse.stream().mapToInt(g -> g.recipes.size()).sum());
    count(coarse, some, columns, false);
    List<Group> ranked = new ArrayList<>(coarse);
    ranked.sort(Comparator.comparingLong((Group g) -> g.equal).reversed());
    long tried = (long) some.length * columns.length;
    List<NormRecipe> survivors = new ArrayList<>();
    for (Group group : ranked) {
      if (group.equal == tried || survivors.isEmpty()) {
        survivors.addAll(group.recipes);
      }
    }
    excludeForms(ranked, tried);
    return ranking.result(classes(whole(survivors)));
  }

  /** The best of every form, where it is not whole. */
  private void excludeForms(List<Group> ranked, long tried) {
    Map<Form, Group> best = new LinkedHashMap<>();
    ranked.forEach(group -> best.putIfAbsent(group.key.form(), group));
    best.forEach(
        (form, group) -> {
          if (group.equal < tried) {
            ranking.excluded(group.first(), group.equal, tried);
          }
        });
  }

  private static int[] spread(int n, int most) {
    int count = Math.min(n, most);
    int[] at = new int[count];
    for (int i = 0; i < count; i++) {
      at[i] = (int) ((long) i * n / count);
    }
    return at;
  }

  private record SumKey(SumOrder order, boolean low) {}

  /** All of a recipe that its rows' scales depend on. */
  private record ScaleKey(SumKey sum, Mean mean, Optional<Double> eps, Place place, Rsqrt rsqrt) {}

  /** Groups recipes by what they do with these rows of each tensor. */
  private Collection<Group> groups(List<NormRecipe> recipes, List<Tensor> from, int[] at) {
    Map<SumKey, double[]> sums = new HashMap<>();
    Map<ScaleKey, List<Scale>> scales = new HashMap<>();
    Map<Key, Group> groups = new LinkedHashMap<>();
    for (NormRecipe recipe : recipes) {
      SumKey sum = new SumKey(recipe.sum(), recipe.low());
      ScaleKey scale =
          new ScaleKey(sum, recipe.mean(), recipe.eps(), recipe.place(), recipe.rsqrt());
      List<Scale> rows = scales.get(scale);
      if (rows == null) {
        NormKernel kernel = new NormKernel(recipe, norm.eps());
        double[] rowSums = sums.computeIfAbsent(sum, ignored -> sums(kernel, from, at));
        rows = Arrays.stream(rowSums).mapToObj(s -> kernel.scale(s, width)).toList();
        scales.put(scale, rows);
      }
      boolean divides = recipe.form() == Form.DIV || recipe.form() == Form.F32_WEIGHT_DIV;
      List<Double> used = rows.stream().map(divides ? Scale::root : Scale::reciprocal).toList();
      Key key = new Key(function(recipe), recipe.low(), recipe.weight(), used);
      groups.computeIfAbsent(key, ignored -> new Group(key, scales.get(scale))).recipes.add(recipe);
    }
    return groups.values();
  }

  /** In float32 to the end, a rounding before the weight rounds nothing. */
  private static Form function(NormRecipe recipe) {
    if (recipe.output() != recipe.calc()) {
      return recipe.form();
    }
    return switch (recipe.form()) {
      case HF -> Form.F32_WEIGHT;
      case DIV -> Form.F32_WEIGHT_DIV;
      default -> recipe.form();
    };
  }

  private double[] sums(NormKernel kernel, List<Tensor> from, int[] at) {
    return from.stream()
        .flatMapToDouble(tensor -> Arrays.stream(kernel.sums(tensor, width, at, workers)))
        .toArray();
  }

  /**
   * Counts equal outputs; with {@code brief} a group is left at the first row that is not whole.
   */
  private void count(Collection<Group> groups, int[] at, int[] columns, boolean brief) {
    List<Group> list = List.copyOf(groups);
    list.forEach(group -> weights(group.key.weight()));
    workers.forEach(
        list.size(),
        1,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            count(list.get(i), at, columns, brief);
          }
        });
  }

  private void count(Group group, int[] at, int[] columns, boolean brief) {
    NormKernel kernel = new NormKernel(group.first(), norm.eps());
    double[] w = weights.get(group.key.weight());
    group.equal = 0;
    for (int i = 0; i < at.length; i++) {
      Scale scale = group.scales.get(i);
      int start = at[i] * width;
      int before = 0;
      for (int column : columns) {
        double value = kernel.element(x[start + column], w[column], scale);
        before += Double.compare(value, y[start + column]) == 0 ? 1 : 0;
      }
      group.equal += before;
      if (brief && before < columns.length) {
        group.wrong = true;
        return;
      }
    }
  }

  private double[] weights(Format format) {
    return weights.computeIfAbsent(
        format,
        f -> {
          double[] w = norm.weight().toDoubles();
          for (int i = 0; i < w.length; i++) {
            w[i] = f.round(w[i], Rounding.RNE);
          }
          return w;
        });
  }

  /** Those that reproduce everything; without one, the nearest are counted. */
  private List<NormRecipe> whole(List<NormRecipe> survivors) {
    int[] all = spread(rows, rows);
    int[] columns = spread(width, width);
    Collection<Group> groups = groups(survivors, List.of(norm.x()), all);
    count(groups, all, columns, true);
    List<Group> wrong = groups.stream().filter(group -> group.wrong).toList();
    List<Group> nearest =
        wrong.stream()
            .sorted(Comparator.comparingLong((Group g) -> g.equal).reversed())
            .limit(NEAREST)
            .toList();
    count(nearest, all, columns, false);
    nearest.forEach(group -> ranking.near(group.first(), group.equal));
    List<NormRecipe> whole = new ArrayList<>();
    groups.stream().filter(group -> !group.wrong).forEach(group -> whole.addAll(group.recipes));
    List<SumOrder> orders = RowSpace.normSums();
    Set<StageRecipe> presets = StageSpace.presets("layers.0.input_ln");
    Map<NormRecipe, Integer> cost = new HashMap<>();
    whole.forEach(recipe -> cost.put(recipe, presets.contains(recipe) ? -1 : cost(recipe, orders)));
    // A named recipe is known of some device that nothing in it speaks against.
    Function<NormRecipe, Fit> fit =
        recipe ->
            presets.contains(recipe) && !device.isForeign(recipe) ? Fit.KNOWN : device.fit(recipe);
    whole.sort(Comparator.comparing(fit).thenComparing(cost::get));
    return whole;
  }

  /** Low for a recipe that is simple to say, or that a library is known to follow. */
  private static int cost(NormRecipe recipe, List<SumOrder> orders) {
    return orders.indexOf(recipe.sum())
        + orders.size() * (recipe.text().length() - recipe.sum().text().length());
  }

  private List<Ranking.RecipeClass> classes(List<NormRecipe> whole) {
    if (whole.isEmpty()) {
      return List.of();
    }
    List<Tensor> trials = Trial.rows(norm);
    int each = Math.toIntExact(trials.getFirst().elements() / width);
    List<Ranking.RecipeClass> classes = new ArrayList<>();
    List<Double> first = null;
    for (Group group : groups(whole, trials, spread(each, each))) {
      List<Double> scales = group.key.scales();
      first = first == null ? scales : first;
      classes.add(
          new Ranking.RecipeClass(
              List.<StageRecipe>copyOf(group.recipes),
              classes.isEmpty() ? Tie.Other.FIRST : distinguishing(first, scales)));
    }
    return classes;
  }

  private Tie.Input distinguishing(List<Double> first, List<Double> scales) {
    int differ = 0;
    for (int i = 0; i < first.size(); i++) {
      differ += first.get(i).equals(scales.get(i)) ? 0 : 1;
    }
    return differ == 0 ? Tie.Other.WEIGHTS : new Tie.Rows(differ, first.size(), width);
  }
}
