package org.bitref.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bitref.diagnose.Corruption;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.StageRecipe;

/**
 * The words of a search's result.
 *
 * @param tried functions that were compared with at least one output
 */
record Findings(Captured<Product> gemm, int tried) {
  private static final int LISTED = 64;

  /**
   * One class of recipes or several reproduce everything.
   *
   * @param crowd true if there may be more than these
   */
  Identification found(List<FunctionClass> found, boolean crowd, List<Tie> ties) {
    return found(verdict(found), (crowd ? "at least " : "") + reason(found), found, ties);
  }

  private Identification found(
      Verdict verdict, String reason, List<FunctionClass> found, List<Tie> ties) {
    List<Match> best = new ArrayList<>();
    for (FunctionClass one : found.subList(0, Math.min(found.size(), LISTED))) {
      best.add(new Match(one.simplest(), gemm.y().elements()));
    }
    List<GemmRecipe> same = found.getFirst().recipes();
    return new Identification(
        verdict,
        reason,
        gemm.y().elements(),
        best,
        List.<StageRecipe>copyOf(same.subList(1, same.size())),
        ties,
        List.of(),
        "",
        "",
        List.of(),
        tried);
  }

  private static Verdict verdict(List<FunctionClass> found) {
    if (found.size() == 1) {
      return Verdict.IDENTIFIED;
    }
    return accumulators(found).size() == 1 ? Verdict.AMBIGUOUS : Verdict.INCONCLUSIVE;
  }

  /** The formats that the classes sum in. */
  private static List<String> accumulators(List<FunctionClass> found) {
    return found.stream()
        .map(one -> one.simplest().inner().format().name().toLowerCase(Locale.ROOT))
        .distinct()
        .sorted()
        .toList();
  }

  private String reason(List<FunctionClass> found) {
    if (found.size() == 1) {
      return "one function of %d reproduces all outputs, and none of its neighbours does"
          .formatted(tried);
    }
    List<String> accumulators = accumulators(found);
    return "%d functions of %d reproduce all outputs; %s"
        .formatted(
            found.size(),
            tried,
            accumulators.size() == 1
                ? "all sum in " + accumulators.getFirst()
                : "they sum in " + String.join(", ", accumulators) + ": the outputs are too few");
  }

  /** Every tile has a recipe of its own. */
  Identification tiles(List<TileMatch> tiles) {
    boolean one = tiles.stream().allMatch(tile -> tile.classes() == 1);
    List<Match> best = new ArrayList<>();
    tiles.forEach(tile -> best.add(new Match(tile.recipe(), tile.outputs())));
    return new Identification(
        one ? Verdict.IDENTIFIED : Verdict.AMBIGUOUS,
        "the recipe differs from tile to tile: "
            + tiles.size()
            + " recipes reproduce all outputs of the tiles of "
            + TileSearch.TILE
            + " rows and columns",
        gemm.y().elements(),
        best,
        List.of(),
        List.of(),
        tiles,
        "",
        "",
        List.of(),
        tried);
  }

  /** The outputs are of no use. */
  Identification inconclusive(String reason) {
    return nothing(Verdict.INCONCLUSIVE, reason, "", "", List.of(), List.of());
  }

  /** Rounding, but of no recipe that is known. */
  Identification unexplained(String bound, List<Match> nearest, List<String> excluded) {
    String reason = "no function of " + tried + " reproduces all outputs";
    return nothing(Verdict.UNEXPLAINED, reason, bound, "", nearest, excluded);
  }

  /** No rounding. */
  Identification corrupt(Corruption corruption, List<Match> nearest) {
    return nothing(
        Verdict.CORRUPT,
        corruption.text(),
        "",
        corruption.pattern().name().toLowerCase(Locale.ROOT).replace('_', ' '),
        nearest,
        List.of());
  }

  private Identification nothing(
      Verdict verdict,
      String reason,
      String bound,
      String pattern,
      List<Match> nearest,
      List<String> excluded) {
    return new Identification(
        verdict,
        reason,
        gemm.y().elements(),
        nearest,
        List.of(),
        List.of(),
        List.of(),
        bound,
        pattern,
        excluded,
        tried);
  }
}
