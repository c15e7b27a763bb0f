package org.bitref.experiment;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bitref.operation.OperationKind;
import org.bitref.recipe.StageRecipe;

/**
 * A guess how a system computes its stages. The first rule that matches a whole name wins; of a
 * stage that none matches the hypothesis says nothing.
 *
 * @param name in reports; different from those of the other hypotheses
 * @param where what messages call its place in the experiment
 * @param rules in order of precedence
 * @param unrounded stages whose result goes on into the next stage before its last rounding; norms
 *     and products only
 */
public record Hypothesis(String name, String where, List<Rule> rules, Optional<Pattern> unrounded) {
  public Hypothesis {
    rules = List.copyOf(rules);
  }

  /** What holds for the stages that a pattern matches. */
  public record Rule(Pattern pattern, Choice choice) {}

  /** The recipe of a stage of some kind; empty if no rule matches it. */
  Optional<StageRecipe> recipe(String stage, OperationKind kind) {
    return rules.stream()
        .filter(rule -> rule.pattern().matcher(stage).matches())
        .findFirst()
        .map(rule -> rule.choice().of(stage, kind::admits));
  }

  boolean leavesUnrounded(String stage) {
    return unrounded.isPresent() && unrounded.get().matcher(stage).matches();
  }
}
