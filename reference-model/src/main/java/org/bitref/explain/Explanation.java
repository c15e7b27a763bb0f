package org.bitref.explain;

import java.util.List;
import java.util.Map;
import org.bitref.recipe.StageRecipe;

/**
 * Why systems that computed the same prompt differ.
 *
 * @param systems those with the most stages first
 * @param inputs whether they started from the same
 * @param stages in the order of computation
 * @param chains how the difference of each pair of whole systems comes about, the one to read first
 *     in front
 * @param equal pairs of systems that are equal wherever both were captured
 * @param trials what became of the recipes that were to be tried
 * @param verdict of the whole
 * @param reason the verdict in one sentence
 */
public record Explanation(
    List<SystemInfo> systems,
    Preflight inputs,
    List<StageReport> stages,
    List<Chain> chains,
    List<EqualPair> equal,
    Map<StageRecipe, Trial> trials,
    Conclusion verdict,
    String reason) {

  public Explanation {
    systems = List.copyOf(systems);
    stages = List.copyOf(stages);
    chains = List.copyOf(chains);
    equal = List.copyOf(equal);
    trials = Map.copyOf(trials);
  }

  /** The story to read first. */
  public Chain chain() {
    return chains.getFirst();
  }

  /**
   * A system.
   *
   * @param stages how many of its stages were captured
   * @param recomputed how many of them could be computed again from its own inputs
   * @param provenance what its file says about itself
   */
  public record SystemInfo(
      String name, int stages, int recomputed, Map<String, String> provenance) {}

  /** Two systems without a difference in the stages that both hold. */
  public record EqualPair(String a, String b, List<String> stages, long outputs) {}

  /**
   * A recipe that was found elsewhere, tried on every stage that it can be of.
   *
   * @param stages {@code <system>.<stage>}: it gives every output
   * @param misfit why it was tried on none; empty if it was
   */
  public record Trial(List<String> stages, String misfit) {
    /** The list is copied. */
    public Trial {
      stages = List.copyOf(stages);
    }
  }

  /** The verdict of the whole. */
  public enum Conclusion {
    /** No captured difference. */
    EQUAL,
    /** Every captured difference that can be recomputed is one of rounding. */
    ROUNDING,
    /** Some stage is inside its rounding bound, but nothing tried reproduces it. */
    UNEXPLAINED,
    /** Some output lies outside every rounding bound. */
    CORRUPT,
    /** The systems did not start from the same, or nothing can be recomputed. */
    INCONCLUSIVE
  }
}
