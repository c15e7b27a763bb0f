package org.bitref.cli.explain;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.cli.Cli;

/**
 * What a run of explain says.
 *
 * @param reason the verdict in one sentence
 * @param functions what is computed in place of the model's function, where that is so
 * @param statuses what is known of each stage: reproduced, bounded and so on
 */
record Explained(
    int code, String verdict, String reason, Map<At, String> functions, Map<At, String> statuses) {
  private static final Pattern OTHER_FUNCTION = Pattern.compile("at (\\S+) .*");
  private static final Pattern DAMAGE = Pattern.compile("(\\S+) of (\\S+): (.*)");

  /** A stage as one system computed it. */
  record At(String stage, String system) {}

  /** A system that the verdict blames, the stage that shows it, and what was done there. */
  record Blame(String stage, String system, String what) {}

  /** Runs the command with these arguments. */
  static Explained of(Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("explain"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--format", "json"));
    Cli run = Cli.run(all.toArray());
    JsonNode json = run.json();
    return new Explained(
        run.code(),
        json.get("verdict").asText(),
        json.get("reason").asText(),
        each(json, "function"),
        each(json, "status"));
  }

  private static Map<At, String> each(JsonNode json, String field) {
    Map<At, String> found = new HashMap<>();
    for (JsonNode stage : json.get("stages")) {
      for (JsonNode system : stage.get("systems")) {
        if (system.has(field)) {
          At at = new At(stage.get("name").asText(), system.get("system").asText());
          found.put(at, system.get(field).asText());
        }
      }
    }
    return found;
  }

  /** Whom the verdict blames; nobody if roundings explain all, or if it is left open. */
  Set<Blame> blamed() {
    return switch (verdict) {
      case "other-function" -> otherFunctions(first(OTHER_FUNCTION).group(1));
      case "corrupt", "overflow", "unexplained" -> {
        Matcher words = first(DAMAGE);
        yield Set.of(new Blame(words.group(1), words.group(2), words.group(3)));
      }
      default -> Set.of();
    };
  }

  private Matcher first(Pattern pattern) {
    Matcher matcher = pattern.matcher(reason);
    if (!matcher.matches()) {
      throw new AssertionError(reason);
    }
    return matcher;
  }

  private Set<Blame> otherFunctions(String stage) {
    Set<Blame> blamed = new HashSet<>();
    functions.forEach(
        (at, what) -> {
          if (at.stage().equals(stage)) {
            blamed.add(new Blame(stage, at.system(), what));
          }
        });
    return blamed;
  }
}
