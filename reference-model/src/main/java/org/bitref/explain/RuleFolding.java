package org.bitref.explain;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bitref.model.StageNames;
import org.bitref.recipe.StageRecipe;

/**
 * Folds the recipes of single stages into few rules. A kind of stage has one rule for all layers,
 * that of most of them, and before it one for the layers of each other recipe. Kinds with the same
 * recipe in the same layers share a rule.
 */
final class RuleFolding {
  private static final String ANY_LAYER = "\\d+";
  private static final int NO_LAYER = StageNames.layer("logits");

  private RuleFolding() {}

  /**
   * A rule.
   *
   * @param pattern over names of stages
   * @param stages that show it, in the order in which they came
   */
  record Folded(String pattern, StageRecipe recipe, List<String> stages) {}

  /** What the kinds of a rule have in common. */
  private record Key(String layers, StageRecipe recipe) {
    boolean isGeneral() {
      return layers.equals(ANY_LAYER);
    }
  }

  /** Rules of single layers first: the first that matches a name wins. */
  static List<Folded> fold(Map<String, StageRecipe> recipes) {
    Map<String, Map<StageRecipe, List<String>>> kinds = new LinkedHashMap<>();
    recipes.forEach(
        (stage, recipe) ->
            kinds
                .computeIfAbsent(kind(stage), _ -> new LinkedHashMap<>())
                .computeIfAbsent(recipe, _ -> new ArrayList<>())
                .add(stage));
    Map<Key, List<String>> rules = new LinkedHashMap<>();
    kinds.values().forEach(ofKind -> add(ofKind, rules));
    return Stream.of(false, true)
        .flatMap(general -> rules.keySet().stream().filter(key -> key.isGeneral() == general))
        .map(key -> folded(key, rules.get(key)))
        .toList();
  }

  /** The stage's name without its layer's number. */
  static String kind(String stage) {
    return isNumbered(stage) ? prefix(stage) + "." + StageNames.last(stage) : stage;
  }

  private static void add(Map<StageRecipe, List<String>> ofKind, Map<Key, List<String>> rules) {
    int most = ofKind.values().stream().mapToInt(List::size).max().orElse(0);
    boolean general = true;
    for (Map.Entry<StageRecipe, List<String>> one : ofKind.entrySet()) {
      boolean first = general && one.getValue().size() == most;
      general &= !first;
      String layers = first ? ANY_LAYER : layers(one.getValue());
      rules
          .computeIfAbsent(new Key(layers, one.getKey()), _ -> new ArrayList<>())
          .addAll(one.getValue());
    }
  }

  private static String layers(List<String> stages) {
    return anyOf(stages.stream().map(StageNames::layer).map(String::valueOf).toList());
  }

  private static Folded folded(Key key, List<String> stages) {
    Map<String, List<String>> kinds = new LinkedHashMap<>();
    for (String stage : stages) {
      String prefix = isNumbered(stage) ? prefix(stage) + "\\." + key.layers() + "\\." : "";
      List<String> names = kinds.computeIfAbsent(prefix, _ -> new ArrayList<>());
      String name = isNumbered(stage) ? StageNames.last(stage) : stage.replace(".", "\\.");
      if (!names.contains(name)) {
        names.add(name);
      }
    }
    String pattern =
        kinds.entrySet().stream()
            .map(one -> pattern(one.getKey(), one.getValue()))
            .collect(Collectors.joining("|"));
    return new Folded(pattern, key.recipe(), stages);
  }

  private static String pattern(String prefix, List<String> names) {
    return prefix.isEmpty() ? String.join("|", names) : prefix + anyOf(names);
  }

  private static String anyOf(Collection<String> words) {
    String all = String.join("|", words);
    return words.size() == 1 ? all : "(" + all + ")";
  }

  private static boolean isNumbered(String stage) {
    return StageNames.layer(stage) != NO_LAYER;
  }

  private static String prefix(String stage) {
    return stage.substring(0, stage.indexOf('.'));
  }
}
