package org.bitref.cli.sweep;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Json;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Result;
import org.bitref.cli.explain.StageWords;
import org.bitref.experiment.Cell;
import org.bitref.experiment.Cell.Difference;
import org.bitref.experiment.Cell.Planned;
import org.bitref.experiment.SweepResult;

/** A sweep. Its JSON has the parts of a cell in one object. */
record SweepReport(SweepResult result) implements Result {
  /** Tables beside that of the cells. */
  static final String[] TABLES = {"ranking", "best", "input_not_captured"};

  /** A cell. */
  private record CellRow(@JsonUnwrapped Planned planned, @JsonUnwrapped Figures figures) {
    static CellRow of(Cell cell) {
      Difference d = cell.difference();
      return new CellRow(
          cell.planned(), new Figures(d.total(), d.equal(), d.meanAbs(), d.maxAbs(), d.maxUlp()));
    }
  }

  /** As in a {@link Difference}. */
  private record Figures(
      long total,
      long equal,
      double meanAbs,
      double maxAbs,
      @JsonSerialize(using = Json.Ulps.class) long maxUlp) {}

  @JsonValue
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("experiment", result.experiment());
    json.put("hypotheses", result.hypotheses());
    json.put("cells", cells());
    json.put("ranking", result.ranking());
    json.put("systems", result.systems());
    json.put("best", best());
    json.put("input_not_captured", lacking());
    return json;
  }

  private List<?> cells() {
    return result.cells().stream().map(CellRow::of).toList();
  }

  private List<?> best() {
    return result.best().stream().map(SweepReport::best).toList();
  }

  private static Map<String, Object> best(SweepResult.Best best) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("system", best.system());
    json.put("stage", best.stage());
    json.put("recipe", best.recipe());
    json.put("hypotheses", best.hypotheses());
    json.put("total", best.difference().total());
    json.put("equal", best.difference().equal());
    json.put("mean_abs", best.difference().meanAbs());
    return json;
  }

  /** A stage without a cell. */
  private record Lacking(String system, String stage, String reason) {}

  private List<?> lacking() {
    return result.lacking().stream()
        .map(one -> new Lacking(one.system(), one.stage(), StageWords.gap(one.gap())))
        .toList();
  }

  Map<String, List<?>> tables() {
    return Map.of(
        "", cells(), "ranking", result.ranking(), "best", best(), "input_not_captured", lacking());
  }

  @Override
  public void text(Lines text) {
    new SweepText(result, text).write();
  }
}
