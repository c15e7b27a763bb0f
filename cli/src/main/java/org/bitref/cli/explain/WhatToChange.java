package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bitref.cli.words.FunctionWords;
import org.bitref.explain.Chain;
import org.bitref.explain.Explanation;
import org.bitref.explain.Explanation.Conclusion;
import org.bitref.explain.Explanation.Fault;
import org.bitref.explain.Nearness;
import org.bitref.explain.OwnErrors.Nearer;
import org.bitref.explain.Selection;
import org.bitref.explain.StageReport;
import org.bitref.explain.SystemStage;
import org.bitref.model.StageNames;

/** What to do about a verdict, and the command that shows that it helped. */
record WhatToChange(Explanation explanation) {
  /** Options of explain with a value that a check of some stages goes without. */
  private static final Set<String> VALUES =
      Set.of("--html", "--csv", "--recipe-out", "--layers", "--stages", "--catalogue", "--format");

  /** The same without a value. */
  private static final Set<String> FLAGS = Set.of("--force", "--details");

  /** At least one thing, the first in front. */
  List<Advice> advice() {
    return switch (explanation.verdict()) {
      case EQUAL -> List.of(Advice.of("Nothing"));
      case ROUNDING -> rounding();
      case OTHER_FUNCTION -> otherFunction(explanation.fault().orElseThrow());
      case OVERFLOW -> overflow(explanation.fault().orElseThrow());
      case CORRUPT -> corrupt(explanation.fault().orElseThrow());
      case UNEXPLAINED ->
          List.of(
              Advice.of(
                  "Nothing yet: rounding may explain this and may not. Capture the stage with all"
                      + " of its tokens and in the type in which the system holds it, with its"
                      + " inputs"));
      case INCONCLUSIVE -> List.of(Advice.of("Nothing yet: " + inconclusive()));
    };
  }

  private List<Advice> rounding() {
    Map<Advice, Where> found = new LinkedHashMap<>();
    for (StageReport stage : explanation.stages()) {
      if (stage.pairs().stream().anyMatch(pair -> !pair.comparison().allEqual())) {
        stage.systems().forEach(system -> recipe(stage.name(), system, found));
      }
    }
    return found.isEmpty()
        ? List.of(Advice.of("Nothing has to change: both round as their types do" + gap()))
        : found.entrySet().stream().map(e -> e.getValue().of(e.getKey())).toList();
  }

  /** The systems and the kinds of stages that an advice is for. */
  private record Where(Set<String> systems, Set<String> stages) {
    Advice of(Advice advice) {
      return new Advice(
          "%s: in %s %s"
              .formatted(String.join(", ", systems), String.join(", ", stages), advice.words()),
          advice.cost());
    }
  }

  private static void recipe(String stage, SystemStage system, Map<Advice, Where> found) {
    system
        .recipe()
        .flatMap(RecipeWords::advice)
        .ifPresent(
            advice -> {
              Where where =
                  found.computeIfAbsent(
                      advice, _ -> new Where(new LinkedHashSet<>(), new LinkedHashSet<>()));
              where.systems().add(system.system());
              where.stages().add(StageNames.last(stage));
            });
  }

  /** Where one of the systems that are told is nearest beside the other. */
  private String gap() {
    Chain chain = explanation.chain();
    return explanation.nearness(chain).stream()
        .filter(group -> group.nearer() != Nearer.SAME)
        .max(Comparator.comparingDouble(Nearness::factor))
        .map(
            group ->
                ". For the smaller error take %s's arithmetic in %s"
                    .formatted(
                        group.nearer() == Nearer.A ? chain.a() : chain.b(), name(group.group())))
        .orElse("");
  }

  static String name(Nearness.Group group) {
    return switch (group) {
      case NORMS -> "norms";
      case PRODUCTS -> "products";
      case ROTATION -> "rotation";
      case ATTENTION -> "attention";
      case ELEMENT_WISE -> "element-wise steps";
    };
  }

  private static List<Advice> otherFunction(Fault fault) {
    return fault.systems().stream()
        .filter(system -> !system.function().isEmpty())
        .map(
            system ->
                Advice.of(
                    "%s: it has %s; make %s compute what the model's config says, or mend the"
                            .formatted(
                                system.system(), FunctionWords.of(system.function()), fault.stage())
                        + " config if that is wrong"))
        .toList();
  }

  private static List<Advice> overflow(Fault fault) {
    SystemStage over = fault.systems().getFirst();
    return List.of(
        Advice.of(
            over.overflow()
                .flatMap(OverflowWords::advice)
                .map(held -> over.system() + ": use " + held + " in " + fault.stage())
                .orElse(
                    "%s: keep %s in a type with a larger range, as bfloat16 or float32"
                        .formatted(over.system(), fault.stage()))));
  }

  private static List<Advice> corrupt(Fault fault) {
    String system = fault.systems().getFirst().system();
    return List.of(
        Advice.of(
            "%s: treat %s as a bug: no order of sums and no rounding gives it. Run that step alone"
                    .formatted(system, fault.stage())
                + " on the captured inputs; if it stays so, report it with what bundle make"
                + " writes"));
  }

  private String inconclusive() {
    if (!explanation.inputs().allEqual()) {
      return "give both systems the same inputs first";
    }
    if (!explanation.isCompared()) {
      return "dump stages of the same names from two systems, or give --map for names of another"
          + " tool";
    }
    return explanation.unknownStart().isPresent() || explanation.open().isPresent()
        ? "dump what the verdict names, of both systems, and ask again"
        : "dump the inputs of the stages that differ";
  }

  /**
   * Arguments of the command that looks again at the stage in question; empty where nothing is to
   * be changed.
   *
   * @param arguments that were given, the command first
   */
  Optional<List<String>> check(List<String> arguments) {
    return stage()
        .map(
            stage -> {
              List<String> again = new ArrayList<>(without(arguments));
              boolean oneLayer = ExplainText.isOneLayer(explanation);
              Selection.layers(oneLayer ? List.of() : List.of(stage))
                  .forEach(layer -> again.addAll(List.of("--layers", Integer.toString(layer))));
              again.addAll(List.of("--stages", Selection.kind(stage)));
              return again;
            });
  }

  /** What stands before that command. */
  String beforeCheck() {
    return explanation.verdict() == Conclusion.ROUNDING
        ? "Then dump it again, and see whether its recipe has changed:"
        : "Then dump it again; this should end with exit code 0:";
  }

  private Optional<String> stage() {
    return switch (explanation.verdict()) {
      case OTHER_FUNCTION, OVERFLOW, CORRUPT -> explanation.fault().map(Fault::stage);
      case ROUNDING ->
          rounding().stream().anyMatch(a -> a.cost().isPresent())
              ? explanation.chain().start()
              : Optional.empty();
      case EQUAL, UNEXPLAINED, INCONCLUSIVE -> Optional.empty();
    };
  }

  private static List<String> without(List<String> arguments) {
    List<String> kept = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      String name = argument.split("=", 2)[0];
      if (VALUES.contains(name)) {
        i += argument.equals(name) ? 1 : 0;
      } else if (!FLAGS.contains(name)) {
        kept.add(argument);
      }
    }
    return kept;
  }
}
