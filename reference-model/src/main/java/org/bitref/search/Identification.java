package org.bitref.search;

import java.util.List;
import org.bitref.recipe.StageRecipe;

/**
 * What is known of the arithmetic behind a captured output.
 *
 * @param verdict the verdict
 * @param reason why, in one sentence
 * @param total outputs compared
 * @param best recipes by their equal outputs, the best first; of a class that reproduces everything
 *     its simplest member. Without one these are the nearest
 * @param same the other members of the class of {@code best[0]}: the same bits for every input of
 *     this shape
 * @param ties if ambiguous, the classes, {@code best[0]}'s first
 * @param tiles if the recipe differs from tile to tile, the recipes
 * @param bound if nothing reproduces it, the narrowest kind of arithmetic whose error bound holds
 *     every output; else empty
 * @param pattern if corrupt, what happened, in a few words; else empty
 * @param excluded what else was tried and how it failed, a line each
 * @param tried functions that were compared with at least one output
 */
public record Identification(
    Verdict verdict,
    String reason,
    long total,
    List<Match> best,
    List<StageRecipe> same,
    List<Tie> ties,
    List<TileMatch> tiles,
    String bound,
    String pattern,
    List<String> excluded,
    int tried) {
  /** The lists are copied. */
  public Identification {
    best = List.copyOf(best);
    same = List.copyOf(same);
    ties = List.copyOf(ties);
    tiles = List.copyOf(tiles);
    excluded = List.copyOf(excluded);
  }
}
