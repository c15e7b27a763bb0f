package org.bitref.cli.compare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.bitref.BadInputException;
import org.bitref.cli.compare.Judgement.Judged;
import org.bitref.cli.console.JsonFile;
import org.bitref.loaders.json.JsonObject;

/**
 * What is asked of which tensors. The first rule whose pattern fits the whole name decides; a
 * tensor that no rule fits fails.
 *
 * @param file where they stand
 */
record Rules(String file, List<Rule> rules) {
  private static final String REMEDY = "cli/docs/compare.md has rules to start from.";

  /** Hostile or mistaken beyond these. */
  private static final int MOST_RULES = 1000;

  private static final int LONGEST = 1000;
  private static final int MOST_STEPS = 1_000_000;

  /** A pattern over names and what it asks for. */
  record Rule(Pattern tensors, Requirement require) {}

  /** One rule for all: every element is equal. */
  static Rules equality() {
    return new Rules("", List.of(new Rule(Pattern.compile(".*"), Requirement.parse("equal"))));
  }

  /**
   * Reads {@code {"rules": [{"tensors": REGEX, "require": TEXT}]}}.
   *
   * @throws BadInputException if the file cannot be read or is something else
   */
  static Rules read(Path file) {
    return JsonFile.read(file, REMEDY, root -> new Rules(file.toString(), rules(root)));
  }

  private static List<Rule> rules(JsonObject root) {
    JsonFile.known(root, Set.of("about", "rules"));
    List<JsonObject> objects = root.objects("rules").orElseThrow(() -> root.missing("rules"));
    if (objects.isEmpty() || objects.size() > MOST_RULES) {
      throw root.bad("rules holds %s rules, not 1 to %s".formatted(objects.size(), MOST_RULES));
    }
    List<Rule> rules = new ArrayList<>();
    Set<String> patterns = new HashSet<>();
    for (JsonObject object : objects) {
      rules.add(rule(object));
      if (!patterns.add(rules.getLast().tensors().pattern())) {
        throw object.bad("tensors is that of a rule before: this rule could never decide");
      }
    }
    return List.copyOf(rules);
  }

  private static Rule rule(JsonObject object) {
    JsonFile.known(object, Set.of("about", "tensors", "require"));
    String pattern = text(object, "tensors");
    String require = text(object, "require");
    try {
      return new Rule(
          JsonFile.pattern(object, "tensors", pattern, REMEDY), Requirement.parse(require));
    } catch (IllegalArgumentException e) {
      throw new BadInputException(object.place("require"), e.getMessage(), REMEDY, e);
    }
  }

  private static String text(JsonObject object, String field) {
    String text = JsonFile.text(object, field);
    if (text.isBlank() || text.length() > LONGEST) {
      throw object.bad(
          "%s has %s characters, not 1 to %s".formatted(field, text.length(), LONGEST));
    }
    return text;
  }

  /**
   * @throws BadInputException if a pattern cannot be decided in reasonable time
   */
  Judgement judge(List<StageResult> stages) {
    List<Judged> judged = new ArrayList<>();
    Set<Rule> used = new HashSet<>();
    for (StageResult stage : stages) {
      Optional<Rule> rule = rules.stream().filter(r -> fits(r, stage.name())).findFirst();
      rule.ifPresent(used::add);
      judged.add(Judged.of(stage, rule));
    }
    List<String> unused =
        rules.stream().filter(r -> !used.contains(r)).map(r -> r.tensors().pattern()).toList();
    return new Judgement(
        file, judged.stream().allMatch(Judged::holds), List.copyOf(judged), unused);
  }

  private boolean fits(Rule rule, String name) {
    try {
      return rule.tensors().matcher(new Counted(name, new int[1])).matches();
    } catch (StackOverflowError | TooManySteps _) {
      throw new BadInputException(
          file,
          "the pattern \"%s\" takes too long on the name \"%s\"".formatted(rule.tensors(), name),
          "Write it without nested repetitions.");
    }
  }

  /** A match went on and on. */
  private static final class TooManySteps extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** A name that stops a regular expression which goes back over it again and again. */
  private record Counted(String name, int[] steps) implements CharSequence {
    @Override
    public char charAt(int index) {
      if (++steps[0] > MOST_STEPS) {
        throw new TooManySteps();
      }
      return name.charAt(index);
    }

    @Override
    public int length() {
      return name.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return name.substring(start, end);
    }

    @Override
    public String toString() {
      return name;
    }
  }
}
