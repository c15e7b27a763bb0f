package org.bitref.explain;

import java.util.List;
import org.bitref.compare.TensorComparison;
import org.bitref.explain.PairStage.ErrorMap;

/**
 * Whether a map of differences has a place that stands out. By chance, differences drawn alike for
 * every element, the mean of a block of n exceeds that of all by t with a probability of at most
 * exp(-n t^2 / (2 s^2 + 2 M t / 3)) (Bernstein's inequality), s^2 being the variance of the
 * absolute differences and M the largest. Of B blocks some one does so with at most B times that.
 */
public final class Structure {
  /** How often chance may pass for structure. */
  private static final double CHANCE = 1e-3;

  /** A map whose largest block is nearer the mean is of one shade to the eye. */
  private static final double VISIBLE = 2;

  private Structure() {}

  /**
   * True if the largest block mean is at least twice the mean of all and more than chance gives; or
   * if some block, but not all, has infinite or NaN differences.
   */
  public static boolean isIn(PairStage pair) {
    ErrorMap map = pair.places().map();
    List<Double> blocks = map.means().stream().flatMap(List::stream).toList();
    if (blocks.stream().anyMatch(x -> !Double.isFinite(x))) {
      return blocks.stream().anyMatch(Double::isFinite);
    }
    double most = blocks.stream().mapToDouble(x -> x).max().orElse(0);
    TensorComparison all = pair.comparison();
    double mean = all.meanAbs();
    return most >= VISIBLE * mean && most - mean > byChance(all, block(map), blocks.size());
  }

  /** Elements of the smallest block. */
  private static double block(ErrorMap map) {
    int rows = map.means().size();
    int columns = map.means().getFirst().size();
    return (double) (map.tokens() / rows) * (map.channels() / columns);
  }

  /** The t by which the largest of so many blocks of n elements may exceed the mean. */
  private static double byChance(TensorComparison all, double n, int blocks) {
    double squares = Math.pow(all.normA() * Math.pow(10, -all.snrDecibels() / 20), 2);
    double variance = Math.max(0, squares / all.total() - all.meanAbs() * all.meanAbs());
    double log = Math.log(blocks / CHANCE);
    double range = all.maxAbs() * log / 3;
    return (range + Math.sqrt(range * range + 2 * n * variance * log)) / n;
  }
}
