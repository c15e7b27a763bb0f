package org.bitref.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bitref.explain.SystemStage.Status;
import org.bitref.kernel.Workers;
import org.bitref.recipe.ModelRecipe;
import org.bitref.search.Identification.Match;

/**
 * The model recipe of a captured system: what its stages were found to follow, and for all else the
 * rules of the named recipe that is nearest.
 *
 * <p>Worked example: of a system with the norms and sums of {@code hf-f16-eager}, in whose layer 1
 * {@code o_proj} alone sums in float16, {@code found} begins with a rule for {@code
 * layers\.1\.o_proj} and goes on with one for all products, and {@code nearest} is {@code
 * hf-f16-eager}.
 *
 * @param found rules that captured stages show, those of single layers first
 * @param nearest the named recipe that agrees with most stages
 * @param others its rules for stages that {@code found} has none for
 * @param open captured stages that no rule is known to reproduce, in the order of computation
 */
public record SystemRecipe(
    String system,
    List<FoundRule> found,
    String nearest,
    List<ModelRecipe.Rule> others,
    List<OpenStage> open) {
  /** The lists are copied. */
  public SystemRecipe {
    found = List.copyOf(found);
    others = List.copyOf(others);
    open = List.copyOf(open);
  }

  /**
   * A rule and the stages that show it.
   *
   * @param evidence one for each kind of stage
   */
  public record FoundRule(ModelRecipe.Rule rule, List<Evidence> evidence) {
    /** The list is copied. */
    public FoundRule {
      evidence = List.copyOf(evidence);
    }
  }

  /**
   * Stages of one kind that a recipe reproduces, every output.
   *
   * @param stages their names
   * @param outputs how many all of them have
   * @param fits how many recipes fit, in the stage that most of them fit in
   * @param unrounded inputs that they read before the rounding to storage, as the stages of a model
   *     recipe do not: names of stages
   * @param settledBy later stages that follow from this recipe only
   */
  public record Evidence(
      List<String> stages, long outputs, int fits, Set<String> unrounded, Set<String> settledBy) {
    /** The lists and sets are copied. */
    public Evidence {
      stages = List.copyOf(stages);
      unrounded = Set.copyOf(unrounded);
      settledBy = Set.copyOf(settledBy);
    }
  }

  /**
   * A stage without a recipe that reproduces it.
   *
   * @param nearest the recipe that comes nearest; empty if none was tried
   * @param outputs how many it has; 0 if it could not be computed again
   * @param standsIn true if the rule that holds for it is one of other layers; else it is one of
   *     the nearest named recipe
   */
  public record OpenStage(
      String stage,
      Cause cause,
      Status status,
      Optional<Match> nearest,
      long outputs,
      boolean standsIn) {}

  /** Why a stage has no recipe of its own. */
  public enum Cause {
    /** No recipe gives every output. */
    NOT_REPRODUCED,
    /** Tiles of the product have recipes of their own, and a rule holds one. */
    TILES,
    /** The outputs have factors that are not in the model. */
    FACTORS
  }

  /**
   * Folds what is known of a system into rules.
   *
   * @param capture which {@code explanation} is of
   * @throws org.bitref.BadInputException if the system is not in the capture
   */
  public static SystemRecipe of(
      Explanation explanation, Capture capture, String system, Workers workers) {
    return new RecipeAssembly(explanation.of(system), capture, capture.system(system), workers)
        .recipe();
  }

  /** All rules, as {@code golden} takes them. */
  public ModelRecipe recipe() {
    List<ModelRecipe.Rule> rules = new ArrayList<>();
    found.forEach(one -> rules.add(one.rule()));
    rules.addAll(others);
    return new ModelRecipe(system, rules);
  }
}
