package org.bitref.cli.sweep;

import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Result;
import org.bitref.experiment.Cell;
import org.bitref.experiment.Difference;
import org.bitref.experiment.Ranked;
import org.bitref.experiment.SweepResult;
import org.bitref.explain.CapturedStages.Bridged;

/**
 * A sweep as the JSON object has it.
 *
 * @param experiment digest of all cells
 * @param best the nearest recipe of each stage of each system
 * @param bridged stages that cannot be computed again from the capture
 */
record SweepReport(
    String experiment,
    List<String> hypotheses,
    List<Line> cells,
    List<Ranked> ranking,
    List<SweepResult.OfSystem> systems,
    List<Nearest> best,
    List<Bridged> bridged)
    implements Result {
  /** Tables beside that of the cells. */
  static final String[] TABLES = {"ranking", "best", "bridged"};

  /**
   * A cell.
   *
   * @param maxUlp -1 for NaN against a number
   */
  record Line(
      String system,
      String stage,
      String hypothesis,
      String recipe,
      String key,
      long total,
      long equal,
      double meanAbs,
      double maxAbs,
      long maxUlp) {

    static Line of(Cell cell) {
      Cell.Planned p = cell.planned();
      Difference d = cell.difference();
      return new Line(
          p.system(),
          p.stage(),
          p.hypothesis(),
          p.recipe(),
          p.key(),
          d.total(),
          d.equal(),
          d.meanAbs(),
          d.maxAbs(),
          d.maxUlp() == Long.MAX_VALUE ? -1 : d.maxUlp());
    }
  }

  /** What comes nearest to a stage. */
  record Nearest(
      String system,
      String stage,
      String recipe,
      List<String> hypotheses,
      long total,
      long equal,
      double meanAbs) {}

  static SweepReport of(SweepResult result) {
    return new SweepReport(
        result.experiment(),
        result.hypotheses(),
        result.cells().stream().map(Line::of).toList(),
        result.ranking(),
        result.systems(),
        result.best().stream()
            .map(
                b ->
                    new Nearest(
                        b.system(),
                        b.stage(),
                        b.recipe(),
                        b.hypotheses(),
                        b.difference().total(),
                        b.difference().equal(),
                        b.difference().meanAbs()))
            .toList(),
        result.bridged());
  }

  Map<String, List<?>> tables() {
    return Map.of("", cells, "ranking", ranking, "best", best, "bridged", bridged);
  }

  @Override
  public String text() {
    return new SweepText(this).toString();
  }
}
