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
    StringBuilder text = new StringBuilder();
    text.append(Numbers.count(stages.size(), "stage"))
        .append(" of recipe ")
        .append(recipe)
        .append(" in ")
        .append(Numbers.seconds(seconds));
    if (resumed > 0) {
      text.append(", ").append(resumed).append(" of them from the run before");
    }
    text.append('\n').append(out).append(", ").append(Numbers.bytes(bytes)).append('\n');
    if (!bridged.isEmpty()) {
      text.append("not in the anchor, computed instead: ")
          .append(String.join(", ", bridged))
          .append('\n');
    }
    return text.toString();
  }
}
