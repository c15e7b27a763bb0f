package org.bitref.experiment;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.experiment.Cell.Difference;
import org.bitref.explain.CapturedStage.Lacking;

/**
 * The matrix of an experiment.
 *
 * @param experiment digest of all cells: that of the same experiment is the same
 * @param hypotheses their names, as the experiment has them
 * @param cells stages in the order of computation, systems, hypotheses
 * @param ranking of hypotheses over all systems, the best first
 * @param systems the same for each system
 * @param best of each stage of each system
 */
public record SweepResult(
    String experiment,
    List<String> hypotheses,
    List<Cell> cells,
    List<Ranked> ranking,
    List<OfSystem> systems,
    List<Best> best,
    List<Lacking> lacking) {

  /** The ranking in one system. */
  public record OfSystem(String system, List<Ranked> ranking) {}

  /**
   * The nearest recipe of a stage.
   *
   * @param recipe of the first of them
   * @param hypotheses all that are as near, in the order of the system's ranking
   */
  public record Best(
      String system, String stage, String recipe, List<String> hypotheses, Difference difference) {}

  static SweepResult of(String experiment, Cells of, List<Cell> cells) {
    Map<String, List<Cell>> bySystem = new LinkedHashMap<>();
    Map<List<String>, List<Cell>> byStage = new LinkedHashMap<>();
    for (Cell cell : cells) {
      Cell.Planned p = cell.planned();
      bySystem.computeIfAbsent(p.system(), ignored -> new ArrayList<>()).add(cell);
      byStage
          .computeIfAbsent(List.of(p.stage(), p.system()), ignored -> new ArrayList<>())
          .add(cell);
    }
    List<OfSystem> systems = new ArrayList<>();
    Map<String, List<String>> order = new HashMap<>();
    bySystem.forEach(
        (name, own) -> {
          List<Ranked> ranking = ranking(own);
          systems.add(new OfSystem(name, ranking));
          order.put(name, ranking.stream().map(Ranked::hypothesis).toList());
        });
    return new SweepResult(
        experiment,
        of.hypotheses(),
        cells,
        ranking(cells),
        systems,
        byStage.values().stream()
            .map(own -> best(own, order.get(own.getFirst().planned().system())))
            .toList(),
        of.lacking());
  }

  /** Of hypotheses that are as good the one that the experiment has first stands first. */
  private static List<Ranked> ranking(List<Cell> cells) {
    Map<String, List<Cell>> byHypothesis = new LinkedHashMap<>();
    for (Cell cell : cells) {
      byHypothesis
          .computeIfAbsent(cell.planned().hypothesis(), ignored -> new ArrayList<>())
          .add(cell);
    }
    List<Ranked> ranking = new ArrayList<>();
    byHypothesis.forEach((name, own) -> ranking.add(Ranked.of(name, own)));
    ranking.sort(Ranked.BEST_FIRST);
    return List.copyOf(ranking);
  }

  private static Best best(List<Cell> cells, List<String> ranking) {
    Comparator<Cell> nearest =
        Comparator.comparingLong((Cell cell) -> -cell.difference().equal())
            .thenComparingDouble(cell -> cell.difference().meanAbs());
    Cell any = cells.stream().min(nearest).orElseThrow();
    List<Cell> all =
        cells.stream()
            .filter(cell -> nearest.compare(cell, any) == 0)
            .sorted(Comparator.comparingInt(c -> ranking.indexOf(c.planned().hypothesis())))
            .toList();
    Cell.Planned first = all.getFirst().planned();
    return new Best(
        first.system(),
        first.stage(),
        first.recipe(),
        all.stream().map(cell -> cell.planned().hypothesis()).toList(),
        all.getFirst().difference());
  }

  /**
   * What speaks for a hypothesis.
   *
   * @param cells how many it has
   * @param explained how many of these are equal in every output
   * @param meanAbs mean |difference| over all outputs
   */
  public record Ranked(
      String hypothesis, int cells, int explained, long equal, long total, double meanAbs) {

    /** Whole cells count most, then equal outputs, then small differences. */
    static final Comparator<Ranked> BEST_FIRST =
        Comparator.comparingInt((Ranked r) -> -r.explained)
            .thenComparingLong(r -> -r.equal)
            .thenComparingDouble(Ranked::meanAbs);

    static Ranked of(String hypothesis, List<Cell> cells) {
      long equal = 0;
      long total = 0;
      double sum = 0;
      int explained = 0;
      for (Cell cell : cells) {
        Difference d = cell.difference();
        equal += d.equal();
        total += d.total();
        sum += d.meanAbs() * d.total();
        explained += d.explained() ? 1 : 0;
      }
      return new Ranked(hypothesis, cells.size(), explained, equal, total, sum / total);
    }
  }
}
