package org.bitref.cli.sweep;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Result;
import org.bitref.cli.explain.StageWords;
import org.bitref.experiment.Cell;
import org.bitref.experiment.SweepResult;

/** A sweep. Its JSON has the parts of a cell in one object. */
record SweepReport(SweepResult result) implements Result {
  /** Tables beside that of the cells. */
  static final String[] TABLES = {"ranking", "best", "input_not_captured"};

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
    return result.cells().stream().map(SweepReport::cell).toList();
  }

  private static Map<String, Object> cell(Cell cell) {
    long maxUlp = cell.difference().maxUlp();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("system", cell.planned().system());
    json.put("stage", cell.planned().stage());
    json.put("hypothesis", cell.planned().hypothesis());
    json.put("recipe", cell.planned().recipe());
    json.put("key", cell.planned().key());
    json.put("total", cell.difference().total());
    json.put("equal", cell.difference().equal());
    json.put("mean_abs", cell.difference().meanAbs());
    json.put("max_abs", cell.difference().maxAbs());
    // NaN against a number.
    json.put("max_ulp", maxUlp == Long.MAX_VALUE ? -1 : maxUlp);
    return json;
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
  public String text() {
    return new SweepText(result).toString();
  }
}
