package org.bitref.cli.compare;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Table;
import org.bitref.tensor.DType;
import org.bitref.tensor.Widened;

/** What the types of two dumps mean for their comparison, for people. */
final class TypesText {
  private TypesText() {}

  /** What a dump stores in wider types than it needs, and what counts. */
  private record Note(String side, Widened types, DType counted) {
    String text() {
      return "%s values of %s as %s; ULP are those of %s."
          .formatted(side, types.held(), types.stored(), counted);
    }
  }

  /** What is to be known of types, a sentence each. */
  static List<String> notes(List<StageResult> stages) {
    List<String> texts = new ArrayList<>(widened(stages));
    Map<String, Integer> apart = new LinkedHashMap<>();
    for (StageResult stage : stages) {
      Types types = stage.types();
      if (types.differ() && !types.areNested() && !stage.allEqual()) {
        apart.merge("%s against %s".formatted(types.a(), types.b()), 1, Integer::sum);
      }
    }
    apart.forEach(
        (types, tensors) ->
            texts.add(
                ("%s (%s): neither type holds all values of the other, so they are compared as they"
                        + " are stored; ULP are rounded up.")
                    .formatted(types, Numbers.count(tensors, "tensor"))));
    return texts;
  }

  /** A sentence for each pair of types that a dump widened, with how many tensors if not all. */
  private static List<String> widened(List<StageResult> stages) {
    Map<Note, Integer> notes = new LinkedHashMap<>();
    stages.forEach(stage -> count(stage, notes));
    List<String> texts = new ArrayList<>();
    notes.forEach(
        (note, tensors) ->
            texts.add(
                tensors == stages.size()
                    ? note.text()
                    : "In %s of %s tensors %s".formatted(tensors, stages.size(), note.text())));
    return texts;
  }

  private static void count(StageResult stage, Map<Note, Integer> notes) {
    Types types = stage.types();
    boolean both = types.widenedA().isPresent() && types.widenedA().equals(types.widenedB());
    note(both ? "A and B store" : "A stores", types.widenedA(), stage, notes);
    note("B stores", types.widenedB().filter(_ -> !both), stage, notes);
  }

  private static void note(
      String side, Optional<Widened> types, StageResult stage, Map<Note, Integer> notes) {
    types.ifPresent(
        of -> notes.merge(new Note(side, of, stage.figures().dtype()), 1, Integer::sum));
  }

  /** Unequal tensors that can be rounded to the coarser of their types. */
  private static List<StageResult> nested(List<StageResult> stages) {
    return stages.stream()
        .filter(stage -> stage.types().differ() && stage.types().areNested())
        .filter(stage -> !stage.allEqual())
        .toList();
  }

  /** The same in a sentence for each pair of types. */
  static List<String> roundedInWords(List<StageResult> stages) {
    Map<String, List<StageResult>> byTypes = new LinkedHashMap<>();
    for (StageResult stage : nested(stages)) {
      String types =
          "%s in A and %s in B; rounded to %s"
              .formatted(stage.types().a(), stage.types().b(), stage.figures().dtype());
      byTypes.computeIfAbsent(types, _ -> new ArrayList<>()).add(stage);
    }
    List<String> texts = new ArrayList<>();
    byTypes.forEach((types, some) -> texts.add(inWords(types, some)));
    return texts;
  }

  private static String inWords(String types, List<StageResult> some) {
    String names = some.getFirst().name();
    if (some.size() > 1) {
      names += (some.size() > 2 ? " to " : " and ") + some.getLast().name();
    }
    Comparator<StageResult> byShare =
        Comparator.comparingDouble(
            stage -> (double) stage.figures().equalRounded() / stage.figures().total());
    String least = percent(Collections.min(some, byShare));
    String most = percent(Collections.max(some, byShare));
    return "Types differ in %s, %s: %s, %s %% of the elements are equal."
        .formatted(
            Numbers.count(some.size(), "tensor"),
            names,
            types,
            least.equals(most) ? least : least + " to " + most);
  }

  /** A row for each of these tensors; empty without any. */
  static Optional<Table<StageResult>> rounded(List<StageResult> stages, String heading) {
    List<StageResult> some = nested(stages);
    return some.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Table.of(some)
                .column(heading, StageResult::name)
                .column("A", stage -> stage.types().a())
                .column("B", stage -> stage.types().b())
                .column("rounded to", stage -> stage.figures().dtype())
                .column("equal%", TypesText::percent));
  }

  private static String percent(StageResult stage) {
    return Numbers.percent(stage.figures().equalRounded(), stage.figures().total());
  }
}
