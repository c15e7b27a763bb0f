package org.bitref.cli.compare;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tensors as rows, of which runs of equal ones are one row: the last of the run.
 *
 * @param rows in their order
 * @param names of rows that stand for more than one tensor, by the name of the last
 */
record Folded(List<StageResult> rows, Map<String, String> names) {
  /** Shorter runs are not folded. */
  private static final int LEAST = 3;

  static Folded of(List<StageResult> stages) {
    List<StageResult> rows = new ArrayList<>();
    Map<String, String> names = new HashMap<>();
    int equal = 0;
    for (StageResult stage : stages) {
      equal = stage.allEqual() ? equal + 1 : 0;
      rows.add(stage);
      if (equal >= LEAST) {
        int kept = rows.size() - (equal == LEAST ? LEAST : 2);
        rows.subList(kept, rows.size() - 1).clear();
        names.put(stage.name(), "%s equal, to %s".formatted(equal, stage.name()));
      }
    }
    return new Folded(rows, names);
  }

  String name(StageResult stage) {
    return names.getOrDefault(stage.name(), stage.name());
  }
}
