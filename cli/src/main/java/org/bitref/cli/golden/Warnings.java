package org.bitref.cli.golden;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.bitref.cli.console.Numbers;
import org.bitref.cli.golden.CheckedWeights.Finding;

/** What is worth knowing about the weights of a run. */
final class Warnings {
  private static final int SHOWN = 3;

  private Warnings() {}

  /** A line for each weight with NaN or infinities, and one for all that lose bits. */
  static List<String> of(String prefix, List<Finding> findings) {
    List<String> lines = new ArrayList<>();
    for (Finding finding : findings) {
      if (finding.nan() > 0 || finding.infinite() > 0) {
        lines.add(
            "weight %s%s holds %d NaN and %d infinities; what depends on them is NaN or infinite"
                .formatted(prefix, finding.name(), finding.nan(), finding.infinite()));
      }
    }
    List<Finding> inexact = findings.stream().filter(f -> f.inexact() > 0).toList();
    if (!inexact.isEmpty()) {
      lines.add(lost(inexact));
    }
    return lines;
  }

  private static String lost(List<Finding> inexact) {
    String most =
        inexact.stream()
            .sorted(Comparator.comparingLong(Finding::inexact).reversed())
            .limit(SHOWN)
            .map(f -> f.name() + " " + f.inexact())
            .collect(Collectors.joining(", "));
    return "%s cannot hold %d values in %s exactly (%s%s); they are rounded"
        .formatted(
            inexact.getFirst().format(),
            inexact.stream().mapToLong(Finding::inexact).sum(),
            Numbers.count(inexact.size(), "weight"),
            most,
            inexact.size() > SHOWN ? ", …; all with --format json" : "");
  }
}
