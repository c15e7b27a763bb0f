package org.bitref.search;

import java.util.List;
import java.util.Optional;
import org.bitref.recipe.Device;
import org.bitref.recipe.StageRecipe;

/**
 * What is known of the arithmetic behind a captured output.
 *
 * @param outcome how the search ended
 * @param total outputs compared
 * @param best recipes by their equal outputs, the best first; of a class that reproduces everything
 *     its simplest member. Without one these are the nearest
 * @param same the other members of the class of {@code best[0]}: the same bits for every input of
 *     this shape
 * @param ties if ambiguous, the classes, {@code best[0]}'s first
 * @param tiles if the recipe differs from tile to tile, the recipes
 * @param excluded what else was tried, and how near it came
 * @param tried functions that were compared with at least one output
 */
public record Identification(
    Outcome outcome,
    long total,
    List<Match> best,
    List<StageRecipe> same,
    List<Tie> ties,
    List<TileMatch> tiles,
    List<Excluded> excluded,
    int tried) {
  /** The lists are copied. */
  public Identification {
    best = List.copyOf(best);
    same = List.copyOf(same);
    ties = List.copyOf(ties);
    tiles = List.copyOf(tiles);
    excluded = List.copyOf(excluded);
  }

  /** A search after which nothing reproduces all outputs. */
  public static Identification nothing(
      Outcome outcome, long total, List<Match> nearest, List<Excluded> excluded, int tried) {
    return new Identification(
        outcome, total, nearest, List.of(), List.of(), List.of(), excluded, tried);
  }

  /** The verdict of the outcome. */
  public Verdict verdict() {
    return outcome.verdict();
  }

  /**
   * How many classes fit, at least one: without those of another kind of machine than the device
   * where others fit, too.
   */
  public int fits(Device device) {
    long own =
        ties.stream().filter(tie -> device.fit(tie.recipe()) != Device.Fit.OTHER_KIND).count();
    return Math.toIntExact(Math.max(1, own == 0 ? ties.size() : own));
  }

  /** The same with another outcome, and with these nearest recipes and exclusions. */
  public Identification with(Outcome other, List<Match> nearest, List<Excluded> without) {
    return new Identification(other, total, nearest, same, ties, tiles, without, tried);
  }

  /** The same of outputs that have factors. */
  Identification scaled(FoundFactors factors, int functions) {
    Outcome scaled = new Outcome.Scaled(factors, outcome);
    return new Identification(scaled, total, best, same, ties, tiles, excluded, functions);
  }

  /** Factors of the outputs that were found, if there are such. */
  public Optional<FoundFactors> factors() {
    return outcome instanceof Outcome.Scaled scaled
        ? Optional.of(scaled.factors())
        : Optional.empty();
  }

  /**
   * A recipe tried on everything that was captured.
   *
   * @param recipe the recipe
   * @param equal outputs equal to the capture in bits
   */
  public record Match(StageRecipe recipe, long equal) {}

  /**
   * The recipe of some tiles of a product whose tiles are not computed alike: stream-K, or tiles at
   * an edge.
   *
   * @param recipe the simplest that reproduces all captured outputs of these tiles
   * @param classes how many different functions do so
   * @param tiles how many tiles
   * @param outputs how many captured outputs lie in them
   * @param row the first row of the first of them
   * @param column its first column
   */
  public record TileMatch(
      StageRecipe recipe, int classes, int tiles, long outputs, long row, long column) {
    /** Rows and columns of a tile: the smallest of a GPU's matrix products that is common. */
    public static final int SIDE = 64;
  }

  /** Recipes that do not reproduce all outputs. */
  public sealed interface Excluded {
    /**
     * Products under one kind of accumulator.
     *
     * @param kind in words
     * @param first of the outputs in the order tried, how many the longest-lived got right
     */
    record Kind(String kind, int first) implements Excluded {}

    /**
     * A recipe; of a norm the nearest of its form.
     *
     * @param equal outputs that it reproduces
     * @param of those that were compared
     */
    record Recipe(StageRecipe recipe, long equal, long of) implements Excluded {}
  }
}
