package org.bitref.loaders.map;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.bitref.model.Families;
import org.bitref.model.Family;
import org.bitref.model.Stage;

/**
 * Rules for the stages' own names and their aliases, with a layer's number or without, read from
 * the plans of all families.
 */
final class StageRules {
  private static final String LAYER = "layers.{i}.";

  private StageRules() {}

  /**
   * Stages that one rule serves.
   *
   * @param before what stands before the last part of their names
   * @param axes of their results
   * @param tokens which of them counts tokens
   */
  private record Group(String before, int axes, int tokens) {
    /** Layers come before tables, and those before the rest: the nearest patterns are shown so. */
    int place() {
      return before.contains("{i}") ? 0 : before.isEmpty() ? 2 : 1;
    }
  }

  static List<Rule> all() {
    Map<Group, Set<String>> groups = new LinkedHashMap<>();
    for (Family family : Families.all()) {
      for (Stage stage : family.plan(1, 0).stages()) {
        String name = stage.id().name().replaceFirst("^(layers|kv)\\.0\\.", "$1.{i}.");
        int last = name.lastIndexOf('.') + 1;
        // Of the logits often only the last rows are kept.
        boolean counted = !name.equals("logits");
        Group group =
            new Group(
                name.substring(0, last), stage.axes().size(), counted ? stage.tokenAxis() : -1);
        Set<String> names = groups.computeIfAbsent(group, _ -> new LinkedHashSet<>());
        names.add(name.substring(last));
        stage.aliases().forEach(alias -> names.add(alias + "=" + name.substring(last)));
      }
    }
    List<Rule> rules = new ArrayList<>();
    List<Group> sorted =
        groups.keySet().stream().sorted(Comparator.comparingInt(Group::place)).toList();
    sorted.forEach(group -> rules.add(rule(group, groups.get(group))));
    sorted.stream()
        .filter(group -> group.before().equals(LAYER))
        .forEach(group -> rules.add(plain(group, groups.get(group))));
    return rules;
  }

  /** One layer whose stages have no number; whether heads are outside its tokens is not known. */
  private static Rule plain(Group group, Set<String> names) {
    boolean known = group.tokens() == 1;
    return new Rule(
        NamePattern.parse("{p|" + String.join("|", names) + "}"),
        List.of("layers.0.{p}"),
        List.of(),
        known ? OptionalInt.of(group.tokens() - group.axes()) : OptionalInt.empty());
  }

  private static Rule rule(Group group, Set<String> names) {
    NamePattern from = NamePattern.parse(group.before() + "{p|" + String.join("|", names) + "}");
    OptionalInt tokens =
        group.tokens() < 0 ? OptionalInt.empty() : OptionalInt.of(group.tokens() - group.axes());
    return new Rule(from, List.of(group.before() + "{p}"), List.of(), tokens);
  }
}
