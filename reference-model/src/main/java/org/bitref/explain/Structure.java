package org.bitref.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bitref.compare.TensorComparison;
import org.bitref.explain.PairStage.ErrorMap;

/**
 * Whether a map of differences has a place that stands out: a block, or a whole row or column of
 * blocks. By chance, differences drawn alike for every element, the mean of n of them exceeds that
 * of all by t with a probability of at most exp(-n t^2 / (2 s^2 + 2 M t / 3)) (Bernstein's
 * inequality), s^2 being the variance of the absolute differences and M the largest. Of so many
 * places some one does so with at most that times their number.
 */
public final class Structure {
  /** How often chance may pass for structure. */
  private static final double CHANCE = 1e-3;

  /** A map whose largest place is nearer the mean is of one shade to the eye. */
  private static final double VISIBLE = 2;

  private Structure() {}

  /** A part of a map: the mean of so many elements. */
  private record Place(double mean, double elements) {}

  /**
   * True if the mean of some place is at least twice the mean of all and more than chance gives; or
   * if some block, but not all, has infinite or NaN differences.
   */
  public static boolean isIn(PairStage pair) {
    List<List<Double>> means = pair.places().map().means();
    List<Double> blocks = means.stream().flatMap(List::stream).toList();
    if (blocks.stream().anyMatch(x -> !Double.isFinite(x))) {
      return blocks.stream().anyMatch(Double::isFinite);
    }
    TensorComparison all = pair.comparison();
    List<Place> places = places(pair.places().map());
    double log = Math.log(places.size() / CHANCE);
    return all.meanAbs() > 0
        && places.stream()
            .filter(place -> place.mean() >= VISIBLE * all.meanAbs())
            .anyMatch(place -> place.mean() - all.meanAbs() > byChance(all, place, log));
  }

  /** Each block counts as the smallest of them. */
  private static List<Place> places(ErrorMap map) {
    List<List<Double>> means = map.means();
    int rows = means.size();
    int columns = means.getFirst().size();
    double block =
        Math.floorDiv(map.tokens(), rows) * (double) Math.floorDiv(map.channels(), columns);
    List<Place> places = new ArrayList<>();
    means.forEach(row -> row.forEach(mean -> places.add(new Place(mean, block))));
    means.forEach(row -> places.add(mean(row, block)));
    for (int i = 0; i < columns; i++) {
      int column = i;
      places.add(
          mean(IntStream.range(0, rows).mapToObj(r -> means.get(r).get(column)).toList(), block));
    }
    return places;
  }

  private static Place mean(List<Double> blocks, double block) {
    double mean = blocks.stream().mapToDouble(x -> x).average().orElseThrow();
    return new Place(mean, block * blocks.size());
  }

  /** The t by which the mean of a place may exceed that of all. */
  private static double byChance(TensorComparison all, Place place, double log) {
    double squares = Math.pow(all.normA() * Math.pow(10, -all.snrDecibels() / 20), 2);
    double variance = Math.max(0, squares / all.total() - all.meanAbs() * all.meanAbs());
    double range = all.maxAbs() * log / 3;
    return (range + Math.sqrt(range * range + 2 * place.elements() * variance * log))
        / place.elements();
  }
}
