package org.bitref.cli.golden;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.model.Plan;
import org.bitref.model.Stage;
import org.bitref.model.StageId;
import org.bitref.model.StageNames;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * Puts the results of a run together.
 *
 * @param results holds every stage wanted, and perhaps others
 */
record Merge(Plan plan, Set<StageId> wanted, TensorSource results) {

  /**
   * What the output holds, in order: inputs, so that it can be compared and be computed again by
   * itself; then the stages in the order of the plan.
   *
   * @param names inputs that match
   */
  List<TensorEntry> entries(TensorSource prompt, Pattern names) {
    List<TensorEntry> entries = new ArrayList<>();
    for (String name : prompt.tensors().keySet()) {
      boolean small = StageNames.isInput(name) && !name.startsWith("past.");
      if (small && names.matcher(name).matches()) {
        entries.add(entry(prompt, name));
      }
    }
    ordered().forEach(stage -> entries.add(entry(results, stage.id().name())));
    return entries;
  }

  /** The stages as lines of the report. */
  List<GoldenReport.StageLine> lines(Map<StageId, Double> seconds) {
    List<GoldenReport.StageLine> lines = new ArrayList<>();
    for (Stage stage : ordered()) {
      TensorInfo info = results.tensors().get(stage.id().name());
      lines.add(
          new GoldenReport.StageLine(
              info.name(), info.dtype().name(), info.shape().dims(), seconds.get(stage.id())));
    }
    return lines;
  }

  private List<Stage> ordered() {
    return plan.stages().stream().filter(stage -> wanted.contains(stage.id())).toList();
  }

  private static TensorEntry entry(TensorSource source, String name) {
    TensorInfo info = source.tensors().get(name);
    return new TensorEntry(name, info.dtype(), info.shape(), () -> source.read(name));
  }
}
