package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.bitref.explain.Preflight.Check;
import org.bitref.explain.Scope;
import org.bitref.explain.Scope.Before;

/** What of a capture was looked at, in words. */
final class ScopeWords {
  private ScopeWords() {}

  /** One sentence; not for a scope that is all. */
  static String of(Scope scope) {
    String kinds = String.join(", ", new TreeSet<>(scope.selection().kinds()));
    Set<Integer> numbers = scope.selection().layers();
    if (numbers.isEmpty()) {
      return "Of all stages only %s were looked at, %s of %s."
          .formatted(kinds, scope.stages(), scope.ofStages());
    }
    boolean one = numbers.size() == 1;
    return "Only %slayer%s %s of %s %s looked at."
        .formatted(
            kinds.isEmpty() ? "" : kinds + " of ",
            one ? "" : "s",
            ranges(numbers),
            scope.ofLayers(),
            one && kinds.isEmpty() ? "was" : "were");
  }

  /** Numbers as a user writes them: {@code 0, 2-3}. */
  static String ranges(Collection<Integer> numbers) {
    List<String> ranges = new ArrayList<>();
    Integer[] sorted = new TreeSet<>(numbers).toArray(Integer[]::new);
    int from = 0;
    for (int i = 0; i < sorted.length; i++) {
      if (i + 1 == sorted.length || sorted[i + 1] != sorted[i] + 1) {
        ranges.add(from == i ? String.valueOf(sorted[i]) : sorted[from] + "-" + sorted[i]);
        from = i + 1;
      }
    }
    return String.join(", ", ranges);
  }

  /** What differs before the stages looked at, as the head of a report has it. */
  static String unequal(Before before) {
    return before.inputs().isEmpty()
        ? "before %s: UNEQUAL: %s".formatted(before.stage(), differ(before.earliest()))
        : "inputs of %s: UNEQUAL: %s"
            .formatted(
                before.stage(),
                before.inputs().stream().map(ScopeWords::differ).collect(Collectors.joining(", ")));
  }

  /** An unequal input and how much of it is. */
  static String differ(Check check) {
    return "%s (%s of %s values differ)"
        .formatted(check.input(), check.total() - check.equal(), check.total());
  }

  /** The same as an answer to whether both started from the same. */
  static String answer(Before before) {
    Check earliest = before.earliest();
    String inputs =
        before.inputs().stream().map(ScopeWords::differ).collect(Collectors.joining(", "));
    return (before.inputs().isEmpty()
            ? "No. "
            : "No: %s is computed from what differs, %s. ".formatted(before.stage(), inputs))
        + "Of all that was captured %s is the first to differ, before the stages looked at."
            .formatted(differ(earliest));
  }

  static Map<String, Object> json(Scope scope) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("layers", new TreeSet<>(scope.selection().layers()));
    json.put("names", new TreeSet<>(scope.selection().kinds()));
    json.put("stages", scope.stages());
    json.put("of_stages", scope.ofStages());
    json.put("of_layers", scope.ofLayers());
    json.put("before", scope.before());
    return json;
  }
}
