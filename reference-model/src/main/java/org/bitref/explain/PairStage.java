package org.bitref.explain;

import java.util.List;
import org.bitref.compare.TensorComparison;

/**
 * A stage of two systems.
 *
 * @param comparison of their outputs
 * @param mean of the absolute difference over the tokens that were captured
 * @param cause where the difference comes from; null if one of them is bridged
 * @param nearer the system nearer the exact result on its own inputs, by the mean absolute error;
 *     {@code same}, or null if one of them is bridged
 * @param channels those with the largest share of the squared difference
 * @param tokens the same
 * @param map where it lies
 */
public record PairStage(
    String a,
    String b,
    TensorComparison comparison,
    MeanDifference mean,
    Cause cause,
    String nearer,
    List<Share> channels,
    List<Share> tokens,
    ErrorMap map) {

  public PairStage {
    channels = List.copyOf(channels);
    tokens = List.copyOf(tokens);
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
   * @param growth inherited over the difference of the inputs, as numbers; null without one
   * @param gain the same with both relative to the size of what differs; null without one
   */
  public record Cause(
      double total, double own, double inherited, double relative, Double growth, Double gain) {
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
    public ErrorMap {
      means = means.stream().map(List::copyOf).toList();
    }
  }
}
