package org.bitref.cli.compare;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bitref.cli.compare.Rules.Rule;
import org.bitref.cli.console.Numbers;

/**
 * Which tensors hold the rules of a file.
 *
 * @param holds true if all do
 * @param unused patterns that decided for no tensor
 */
record Judgement(String path, boolean holds, List<Judged> tensors, List<String> unused) {

  /**
   * One tensor.
   *
   * @param pattern of the rule that decided; empty if there is none, which fails
   * @param require what the rule asks for; empty likewise
   * @param figures those that it asks for, by name, as they are
   */
  record Judged(
      String name,
      boolean holds,
      Optional<String> pattern,
      Optional<String> require,
      Map<Figure, Number> figures) {

    static Judged of(StageResult stage, Optional<Rule> rule) {
      return new Judged(
          stage.name(),
          rule.filter(r -> r.require().holds(stage)).isPresent(),
          rule.map(r -> r.tensors().pattern()),
          rule.map(r -> r.require().text()),
          rule.map(r -> r.require().figures(stage)).orElse(Map.of()));
    }

    /** What failed: {@code max_ulp 37, needs max_ulp <= 1}. */
    String reason() {
      return require.map(r -> found() + ", needs " + r).orElse("no rule fits its name");
    }

    /** The figures in words. */
    String found() {
      return figures.entrySet().stream()
          .map(figure -> figure.getKey().text(figure.getValue()))
          .collect(Collectors.joining(", "));
    }
  }

  List<Judged> failed() {
    return tensors.stream().filter(tensor -> !tensor.holds()).toList();
  }

  /** One sentence. */
  String reason() {
    if (holds) {
      return "Rules: all %s hold.".formatted(Numbers.count(tensors.size(), "tensor"));
    }
    Judged first = failed().getFirst();
    return "Rules: %s of %s fail; first %s: %s."
        .formatted(
            failed().size(), Numbers.count(tensors.size(), "tensor"), first.name(), first.reason());
  }
}
