package org.bitref.search;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.NormKernel.Scale;
import org.bitref.operation.Captured;
import org.bitref.operation.Norm;
import org.bitref.recipe.Device;
import org.bitref.recipe.Device.Fit;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.NormRecipe.Form;
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

  /** Rows that most of what is wrong is wrong in. */
  private static final int EARLY_ROWS = 64;

  private final Norm norm;
  private final Captured<Norm> captured;
  private final Workers workers;
  private final int width;
  private final int rows;
  private final NormCount counts;
  private final Ranking ranking;
  private final Device device;

  private NormSearch(Captured<Norm> captured, Device device, Workers workers) {
    this.device = device;
    this.captured = captured;
    this.norm = captured.operation();
    this.workers = workers;
    this.width = norm.width();
    this.rows = Math.toIntExact(norm.x().elements() / width);
    this.counts = new NormCount(captured, workers);
    this.ranking = new Ranking(captured);
  }

  static Identification search(Captured<Norm> norm, Device device, Workers workers) {
    return new NormSearch(norm, device, workers).search();
  }

  private Identification search() {
    int[] some = spread(rows, FIRST_ROWS);
    int[] columns = spread(width, FIRST_COLUMNS);
    Collection<NormGroup> coarse =
        groups(
            RowSpace.norms(norm, captured.y().dtype().format().orElseThrow()),
            List.of(norm.x()),
            some);
    ranking.tried(coarse.stream().mapToInt(g -> g.recipes().size()).sum());
    counts.count(coarse, some, columns, false);
    List<NormGroup> ranked = new ArrayList<>(coarse);
    ranked.sort(Comparator.comparingLong(NormGroup::equal).reversed());
    long tried = (long) some.length * columns.length;
    List<NormRecipe> survivors = new ArrayList<>();
    for (NormGroup group : ranked) {
      if (group.equal() == tried || survivors.isEmpty()) {
        survivors.addAll(group.recipes());
      }
    }
    excludeForms(ranked, tried);
    return ranking.result(classes(whole(survivors)));
  }

  /** The best of every form, where it is not whole. */
  private void excludeForms(List<NormGroup> ranked, long tried) {
    Map<Form, NormGroup> best = new LinkedHashMap<>();
    ranked.forEach(group -> best.putIfAbsent(group.element().form(), group));
    best.forEach(
        (form, group) -> {
          if (group.equal() < tried) {
            ranking.excluded(group.first(), group.equal(), tried);
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

  private Collection<NormGroup> groups(List<NormRecipe> recipes, List<Tensor> from, int[] at) {
    return new NormGroups(norm, from, at, workers).of(recipes);
  }

  /** Those that reproduce everything; without one, the nearest are counted. */
  private List<NormRecipe> whole(List<NormRecipe> survivors) {
    Collection<NormGroup> groups = brief(early(survivors), rows);
    List<NormGroup> wrong = groups.stream().filter(NormGroup::isWrong).toList();
    List<NormGroup> nearest =
        wrong.stream()
            .sorted(Comparator.comparingLong(NormGroup::equal).reversed())
            .limit(NEAREST)
            .toList();
    counts.count(nearest, spread(rows, rows), spread(width, width), false);
    nearest.forEach(group -> ranking.near(group.first(), group.equal()));
    List<NormRecipe> whole = new ArrayList<>();
    groups.stream()
        .filter(group -> !group.isWrong())
        .forEach(group -> whole.addAll(group.recipes()));
    whole.sort(ranks(whole));
    return whole;
  }

  /** Groups by the first rows, and counts them until they are wrong. */
  private Collection<NormGroup> brief(List<NormRecipe> recipes, int first) {
    int[] at = spread(first, first);
    Collection<NormGroup> groups = groups(recipes, List.of(norm.x()), at);
    counts.count(groups, at, spread(width, width), true);
    return groups;
  }

  /** Without those that are wrong in an early row, but for the nearest of these. */
  private List<NormRecipe> early(List<NormRecipe> survivors) {
    Collection<NormGroup> groups = brief(survivors, Math.min(rows, EARLY_ROWS));
    long[] wrong =
        groups.stream().filter(NormGroup::isWrong).mapToLong(NormGroup::equal).sorted().toArray();
    long least = wrong.length > NEAREST ? wrong[wrong.length - NEAREST] : 0;
    Set<NormRecipe> kept = new HashSet<>();
    groups.stream()
        .filter(group -> !group.isWrong() || group.equal() >= least)
        .forEach(group -> kept.addAll(group.recipes()));
    return survivors.stream().filter(kept::contains).toList();
  }

  private record Rank(Fit fit, int cost) {}

  /** By what goes with the device, then by what is simple. */
  private Comparator<NormRecipe> ranks(List<NormRecipe> recipes) {
    List<SumOrder> orders = RowSpace.normSums();
    Set<StageRecipe> presets = StageSpace.presets("layers.0.input_ln");
    Map<NormRecipe, Rank> ranks = new HashMap<>();
    for (NormRecipe recipe : recipes) {
      boolean named = presets.contains(recipe);
      // A named recipe is known of some device that nothing in it speaks against.
      Fit fit = named && !device.isForeign(recipe) ? Fit.KNOWN : device.fit(recipe);
      ranks.put(recipe, new Rank(fit, named ? -1 : cost(recipe, orders)));
    }
    return Comparator.<NormRecipe, Fit>comparing(recipe -> ranks.get(recipe).fit)
        .thenComparingInt(recipe -> ranks.get(recipe).cost);
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
    List<NormGroup> groups = List.copyOf(groups(whole, trials, spread(each, each)));
    NormGroup first = groups.getFirst();
    return groups.stream()
        .map(
            group ->
                new Ranking.RecipeClass(
                    List.<StageRecipe>copyOf(group.recipes()),
                    group == first ? Tie.Other.FIRST : distinguishing(first, group)))
        .toList();
  }

  private Tie.Input distinguishing(NormGroup first, NormGroup other) {
    int differ = 0;
    for (int i = 0; i < first.rows(); i++) {
      differ += Double.compare(first.scale(i), other.scale(i)) == 0 ? 0 : 1;
    }
    return differ == 0 ? Tie.Other.WEIGHTS : new Tie.Rows(differ, first.rows(), width);
  }
}
