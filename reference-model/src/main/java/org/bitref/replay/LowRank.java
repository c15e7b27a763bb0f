package org.bitref.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bitref.diagnose.OtherFunction;

/**
 * Directions of channels in which a product is off, if they are few: a weight with a low-rank delta
 * (LoRA) merged into it, where the model's has none or another.
 */
final class LowRank {
  /** Ranks that are usual for adapters go to 64; a delta of a higher one is another weight. */
  private static final int MOST = 64;

  /** Tokens that tell the directions; the others show whether they are right. */
  private static final int TOKENS = 128;

  /** Of the larger dimensions, what makes a rank a low one. */
  private static final int PART = 4;

  /** How much smaller the error along the next direction is. */
  private static final double GAP = 3;

  private LowRank() {}

  /**
   * @param errors of the model's product
   */
  static Optional<Variant> of(String last, Rows errors) {
    Rows left = errors.first(Math.min(TOKENS, errors.tokens()));
    double[] sizes = new double[1 + Math.min(MOST, Math.min(left.tokens(), left.width()) / PART)];
    List<double[]> directions = new ArrayList<>();
    for (int i = 0; i < sizes.length; i++) {
      double[] direction = Singular.largest(left);
      Rows along = along(left, List.of(direction));
      sizes[i] = along.size();
      left = left.plus(1, -1, along);
      directions.add(direction);
    }
    int rank = rank(sizes);
    // A few wrong columns have a low rank for being few.
    boolean spread = rank > 0 && columns(along(errors, directions.subList(0, rank))) > PART * rank;
    return spread
        ? Optional.of(variant(last, errors, directions.subList(0, rank)))
        : Optional.empty();
  }

  /** The directions before the widest gap; 0 if there is none. */
  private static int rank(double[] sizes) {
    int rank = 0;
    double widest = GAP;
    for (int i = 1; i < sizes.length; i++) {
      double gap = sizes[i] == 0 ? 0 : sizes[i - 1] / sizes[i];
      if (gap > widest) {
        widest = gap;
        rank = i;
      }
    }
    return rank;
  }

  private static Variant variant(String last, Rows errors, List<double[]> directions) {
    Rows delta = along(errors, directions);
    return new Variant(
        new OtherFunction.LowRank(directions.size()),
        Set.of(last),
        step -> step.normal().plus(1, 1, delta));
  }

  /** The part of the rows that lies along orthogonal directions. */
  private static Rows along(Rows rows, List<double[]> directions) {
    Rows part = Rows.zeros(rows.tokens(), rows.width());
    for (double[] direction : directions) {
      for (int t = 0; t < rows.tokens(); t++) {
        double dot = 0;
        for (int i = 0; i < direction.length; i++) {
          dot += rows.get(t, i) * direction[i];
        }
        for (int i = 0; i < direction.length; i++) {
          part.values()[t * rows.width() + i] += dot * direction[i];
        }
      }
    }
    return part;
  }

  /** Over how many columns the squares are spread: the inverse of their mean share. */
  private static double columns(Rows rows) {
    double[] squares = new double[rows.width()];
    for (int i = 0; i < rows.values().length; i++) {
      squares[i % rows.width()] += rows.values()[i] * rows.values()[i];
    }
    double sum = Arrays.stream(squares).sum();
    return sum == 0 ? 0 : sum * sum / Arrays.stream(squares).map(x -> x * x).sum();
  }
}
