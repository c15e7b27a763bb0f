package org.bitref.cli.golden;

import java.util.List;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.console.Result;

/**
 * What a prefill wrote.
 *
 * @param resumed stages taken from an earlier run
 * @param bridged under an anchor, stages that it lacks and that were computed instead
 * @param weights those with NaN or infinities, or with values that the recipe's format cannot hold
 */
record GoldenReport(
    String out,
    String recipe,
    List<StageLine> stages,
    double seconds,
    long bytes,
    long resumed,
    List<String> bridged,
    List<CheckedWeights.Finding> weights)
    implements Result {

  /**
   * One stage in the file.
   *
   * @param seconds its computation took; null for a stage of an earlier run
   */
  record StageLine(String name, String dtype, long[] shape, Double seconds) {}

  @Override
  public String text() {
    String before = resumed > 0 ? ", %d of them from the run before".formatted(resumed) : "";
    String computed =
        bridged.isEmpty()
            ? ""
            : "not in the anchor, computed instead: " + String.join(", ", bridged) + "\n";
    return "%s of recipe %s in %s%s\n%s, %s\n%s"
        .formatted(
            Numbers.count(stages.size(), "stage"),
            recipe,
            Numbers.seconds(seconds),
            before,
            out,
            Numbers.bytes(bytes),
            computed);
  }
}
