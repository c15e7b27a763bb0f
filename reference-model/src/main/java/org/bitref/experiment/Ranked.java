package org.bitref.experiment;

import java.util.Comparator;
import java.util.List;

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
