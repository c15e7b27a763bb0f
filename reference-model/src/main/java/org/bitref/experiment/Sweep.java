package org.bitref.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Fills the matrix of an experiment. */
public final class Sweep {
  private Sweep() {}

  /** The digest of an experiment: of all its cells and their keys. */
  public static String digest(Cells cells) {
    return ContentHash.of(
        cells.planned().stream()
            .map(p -> String.join("\t", p.system(), p.stage(), p.hypothesis(), p.key()))
            .collect(Collectors.joining("\n")));
  }

  /** The cells that the store lacks, one of each key. */
  public static List<Cell.Planned> missing(Cells cells, Cell.Store store) {
    Map<String, Cell.Planned> missing = new LinkedHashMap<>();
    for (Cell.Planned cell : cells.planned()) {
      if (!missing.containsKey(cell.key()) && store.find(cell.key()).isEmpty()) {
        missing.put(cell.key(), cell);
      }
    }
    return List.copyOf(missing.values());
  }

  /**
   * Computes cells, keeps each as soon as it is there, and puts the matrix together.
   *
   * @param missing as {@link #missing} has them
   * @param progress is told of each cell when it is kept
   */
  public static SweepResult run(
      Cells cells, List<Cell.Planned> missing, Cell.Store store, Consumer<Cell.Planned> progress) {
    cells.compute(
        missing,
        (cell, difference) -> {
          store.put(cell.key(), cell.recipe(), difference);
          progress.accept(cell);
        });
    List<Cell> all = new ArrayList<>();
    for (Cell.Planned cell : cells.planned()) {
      all.add(new Cell(cell, store.find(cell.key()).orElseThrow()));
    }
    return SweepResult.of(digest(cells), cells, List.copyOf(all));
  }
}
