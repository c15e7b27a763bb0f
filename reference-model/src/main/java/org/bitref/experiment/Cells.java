package org.bitref.experiment;

import java.util.Collection;
import java.util.List;
import java.util.function.BiConsumer;
import org.bitref.experiment.Cell.Difference;
import org.bitref.explain.CapturedStage.Lacking;

/** The cells of an experiment, their keys known before any of them is computed. */
public sealed interface Cells permits CaptureCells, ModelCells {
  /** Names of the hypotheses, in the order of the experiment. */
  List<String> hypotheses();

  /** All cells: stages in the order of computation, systems, hypotheses. */
  List<Cell.Planned> planned();

  /** Stages without a cell, because their inputs are not there. */
  List<Lacking> lacking();

  /** Computes cells of different keys and hands each on as soon as it is there. */
  void compute(Collection<Cell.Planned> missing, BiConsumer<Cell.Planned, Difference> done);
}
