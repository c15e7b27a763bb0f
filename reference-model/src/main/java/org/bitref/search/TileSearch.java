package org.bitref.search;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.bitref.recipe.GemmRecipe;
import org.bitref.search.Identification.TileMatch;

/**
 * Products whose tiles are not computed alike: for each tile of {@value TileMatch#SIDE} rows and
 * columns the recipes that reproduce its captured outputs.
 */
final class TileSearch {
  /** A tile with fewer outputs takes a recipe of another tile or none. */
  private static final int LEAST_OUTPUTS = 24;

  private static final int MOST_RECIPES = 8;

  private final Placement placement;
  private final int columns;
  private final Function<int[], List<FunctionClass>> search;
  private final Function<GemmRecipe, BitSet> hits;
  private final Map<FunctionClass, BitSet> known = new LinkedHashMap<>();

  /** Where a tile begins in the full product. */
  private record Corner(long row, long column) {}

  /** A tile and its captured outputs, the most telling first. */
  private record Tile(Corner corner, List<Integer> outputs) {}

  /**
   * @param columns captured columns
   * @param search the classes that reproduce all of the given outputs
   * @param hits the outputs that a recipe reproduces
   */
  TileSearch(
      Placement placement,
      int columns,
      Function<int[], List<FunctionClass>> search,
      Function<GemmRecipe, BitSet> hits) {
    this.placement = placement;
    this.columns = columns;
    this.search = search;
    this.hits = hits;
  }

  /**
   * The recipes tile by tile; empty if some tile has none, or if there are too many.
   *
   * @param order the outputs, most telling first
   */
  Optional<List<TileMatch>> run(int[] order) {
    List<Tile> tiles = tiles(order);
    Map<FunctionClass, List<Tile>> found = new LinkedHashMap<>();
    Map<FunctionClass, Integer> classes = new LinkedHashMap<>();
    for (Tile tile : tiles) {
      List<FunctionClass> fitting = fitting(tile);
      if (fitting.isEmpty()) {
        fitting = searched(tile);
      }
      if (fitting.isEmpty() || found.size() > MOST_RECIPES) {
        return Optional.empty();
      }
      FunctionClass first = fitting.getFirst();
      found.computeIfAbsent(first, _ -> new ArrayList<>()).add(tile);
      classes.merge(first, fitting.size(), Math::min);
    }
    List<TileMatch> matches = new ArrayList<>();
    found.forEach((one, of) -> matches.add(match(one, of, classes.get(one))));
    return Optional.of(matches);
  }

  private List<Tile> tiles(int[] order) {
    Map<Corner, Tile> tiles = new LinkedHashMap<>();
    for (int output : order) {
      long row = placement.rows().get(output / columns);
      long column = placement.columns().get(output % columns);
      Corner corner =
          new Corner(
              row / TileMatch.SIDE * TileMatch.SIDE, column / TileMatch.SIDE * TileMatch.SIDE);
      tiles.computeIfAbsent(corner, at -> new Tile(at, new ArrayList<>())).outputs().add(output);
    }
    return tiles.values().stream()
        .sorted(Comparator.comparingInt((Tile tile) -> tile.outputs().size()).reversed())
        .toList();
  }

  private List<FunctionClass> fitting(Tile tile) {
    return known.entrySet().stream()
        .filter(entry -> tile.outputs().stream().allMatch(entry.getValue()::get))
        .map(Map.Entry::getKey)
        .toList();
  }

  private List<FunctionClass> searched(Tile tile) {
    if (tile.outputs().size() < LEAST_OUTPUTS) {
      return List.of();
    }
    int[] outputs = tile.outputs().stream().mapToInt(i -> i).toArray();
    List<FunctionClass> classes = search.apply(outputs);
    for (FunctionClass one : classes.subList(0, Math.min(MOST_RECIPES, classes.size()))) {
      known.put(one, hits.apply(one.simplest()));
    }
    return fitting(tile);
  }

  private static TileMatch match(FunctionClass one, List<Tile> tiles, int classes) {
    Corner first = tiles.getFirst().corner();
    long outputs = tiles.stream().mapToLong(tile -> tile.outputs().size()).sum();
    return new TileMatch(
        one.simplest(), classes, tiles.size(), outputs, first.row(), first.column());
  }
}
