package org.bitref.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/**
 * A recipe for every stage of a model: rules from stage names to stage recipes. The first rule
 * whose pattern matches the whole name wins; a name that none matches is an error.
 *
 * <p>Text: one rule a line, {@code regex = recipe}; {@code #} starts a comment.
 *
 * <p>Worked example: with {@code layers\.0\..*_proj = A} before {@code .*_proj = B}, {@code
 * layers.0.q_proj} runs under A and {@code layers.10.q_proj} under B.
 *
 * @param name for messages
 * @param rules in order of precedence
 */
public record ModelRecipe(String name, List<Rule> rules) {
  /**
   * @param pattern a regular expression over stage names such as {@code layers.0.q_proj}
   */
  public record Rule(String pattern, StageRecipe recipe) {}

  public ModelRecipe {
    rules = List.copyOf(rules);
  }

  /**
   * @throws RecipeSyntaxException naming the line that cannot be read
   */
  public static ModelRecipe parse(String name, String text) {
    List<Rule> rules = new ArrayList<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      String rule = line.contains("#") ? line.substring(0, line.indexOf('#')) : line;
      if (!rule.isBlank()) {
        rules.add(rule(name + " line " + number, rule));
      }
    }
    if (rules.isEmpty()) {
      throw new RecipeSyntaxException(name, "no rule of the form \"regex = recipe\"");
    }
    return new ModelRecipe(name, rules);
  }

  private static Rule rule(String place, String line) {
    int equals = line.indexOf('=');
    if (equals < 0) {
      throw new RecipeSyntaxException(line.strip(), place + ": expected \"regex = recipe\"");
    }
    String pattern = line.substring(0, equals).strip();
    try {
      Pattern.compile(pattern);
      return new Rule(pattern, StageRecipe.parse(line.substring(equals + 1)));
    } catch (PatternSyntaxException e) {
      throw new RecipeSyntaxException(line.strip(), place + ": " + e.getDescription());
    } catch (IllegalArgumentException e) {
      throw new RecipeSyntaxException(line.strip(), place + ": " + e.getMessage());
    }
  }

  /**
   * The recipe of a stage.
   *
   * @throws IllegalArgumentException if no rule matches
   */
  public StageRecipe of(String stage) {
    return rules.stream()
        .filter(rule -> Pattern.matches(rule.pattern(), stage))
        .map(Rule::recipe)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "recipe %s has no rule for stage %s; add a line \"regex = recipe\""
                        .formatted(name, stage)));
  }

  /**
   * The recipe of a stage, some rules passed over: a recipe may hold a silu and a gelu for stages
   * of one name. Where no other rule matches it is the first that does.
   *
   * @param admits false for the recipe of a rule to pass over
   * @throws IllegalArgumentException if no rule matches
   */
  public StageRecipe of(String stage, Predicate<StageRecipe> admits) {
    return rules.stream()
        .filter(rule -> Pattern.matches(rule.pattern(), stage))
        .map(Rule::recipe)
        .filter(admits)
        .findFirst()
        .orElseGet(() -> of(stage));
  }

  /** The rules, one a line, canonical: {@link #parse} reads them back. */
  public String text() {
    return rules.stream()
        .map(rule -> rule.pattern() + " = " + rule.recipe().text() + "\n")
        .collect(Collectors.joining());
  }
}
