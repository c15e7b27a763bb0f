package org.bitref.explain;

import java.util.List;
import java.util.Optional;
import org.bitref.compare.TensorComparison;
import org.bitref.explain.OwnErrors.Nearer;

/**
 * A stage of two systems.
 *
 * @param comparison of their outputs
 * @param mean of the absolute difference over the tokens that were captured
 * @param cause where the difference comes from; empty if the inputs of one were not captured
 * @param own the systems' errors against the exact results on their own inputs; empty if the inputs
 *     of one were not captured
 * @param places where the difference lies
 */
public record PairStage(
    String a,
    String b,
    TensorComparison comparison,
    MeanDifference mean,
    Optional<Cause> cause,
    Optional<OwnErrors> own,
    Places places) {

  /** Whose own errors are smaller; empty where they are not known. */
  public Optional<Nearer> nearer() {
    return own.map(OwnErrors::nearer);
  }

  /** The root mean square difference over that of the values; infinite with a NaN on one side. */
  public double relative() {
    double relative = Math.pow(10, -comparison.snrDecibels() / 20);
    return Double.isNaN(relative) ? Double.POSITIVE_INFINITY : relative;
  }

  /**
   * Where a difference comes from: a - b = (a - exact on a's inputs) - (b - exact on b's inputs) +
   * (exact on a's inputs - exact on b's inputs), the first two their own, the last inherited. All
   * are root mean squares.
   *
   * @param total of a - b
   * @param own of the difference of their own errors
   * @param inherited of the difference of the exact results
   * @param relative total over the root mean square of the exact results
   * @param growth inherited over the difference of the inputs, as numbers; empty without one
   * @param gain the same with both relative to the size of what differs; empty without one
   */
  public record Cause(
      double total,
      double own,
      double inherited,
      double relative,
      Optional<Double> growth,
      Optional<Double> gain) {
    /** The part of the squared difference that is inherited; 0 without a difference. */
    public double inheritedShare() {
      double sum = own * own + inherited * inherited;
      return sum == 0 ? 0 : inherited * inherited / sum;
    }
  }

  /**
   * A mean over sampled tokens. Errors within a token's row are alike, so the rows are what is
   * drawn: the standard error is that of the mean of the row means, s / sqrt(rows), without a
   * correction for the part of all tokens that was captured.
   *
   * @param standardError of the mean; NaN with a single row
   * @param rows tokens
   */
  public record MeanDifference(double mean, double standardError, int rows) {}

  /**
   * Where a difference lies.
   *
   * @param channels those with the largest share of the squared difference
   * @param tokens the same
   * @param map of all
   */
  public record Places(List<Share> channels, List<Share> tokens, ErrorMap map) {
    /** The lists are copied. */
    public Places {
      channels = List.copyOf(channels);
      tokens = List.copyOf(tokens);
    }
  }

  /** An index and its part of the squared difference. */
  public record Share(int index, double share) {}

  /**
   * The mean absolute difference over blocks of tokens and channels.
   *
   * @param tokens of the whole map
   * @param channels of the whole map
   * @param means by token blocks, then channel blocks
   */
  public record ErrorMap(int tokens, int channels, List<List<Double>> means) {
    /** The lists are copied. */
    public ErrorMap {
      means = means.stream().map(List::copyOf).toList();
    }
  }
}
