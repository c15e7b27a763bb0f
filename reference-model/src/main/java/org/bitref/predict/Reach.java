package org.bitref.predict;

import java.util.Optional;
import java.util.function.IntPredicate;
import org.bitref.predict.Prediction.StageDrift;

/**
 * How far a measurement carries a prediction. It is asked whether a difference is too large. What
 * is larger than the median of the predicted range can be anything up to √2, the drift of two
 * states with nothing in common: this is known without a law. A range that goes beyond half of
 * that, on a logarithmic scale, calls more than half of all these differences normal and so answers
 * with less than the one bit that a yes or no has. It says something if high ≤ √(median · √2).
 *
 * <p>A prediction is carried as far as the ranges of the state say something in every layer.
 *
 * @param layers the first so many are predicted with ranges that say something
 * @param neededLayers the fewest measured layers that carry the prediction to its end, if their
 *     spread is that of the measured ones; empty if no number below the depth predicted does, or if
 *     none is needed
 * @param neededPrompts the same of prompts, which show the growth with length
 */
public record Reach(int layers, Optional<Integer> neededLayers, Optional<Integer> neededPrompts) {
  private static final String STATE = "hidden";

  /** More prompts than anyone runs: a search ends there. */
  private static final int MOST_PROMPTS = 1 << 16;

  /**
   * Judges a prediction.
   *
   * @param growth the law of m, and of the prediction
   * @param seed of the simulations that say what is needed
   */
  public static Reach of(Growth growth, Measurement m, Prediction prediction, long seed) {
    int carried = 0;
    for (StageDrift stage : prediction.stages()) {
      if (stage.kind().equals(STATE) && stage.layer() == carried && says(stage)) {
        carried++;
      }
    }
    if (carried == prediction.layers()) {
      return new Reach(carried, Optional.empty(), Optional.empty());
    }
    IntPredicate layers = n -> carries(growth.withLayers(n), m, prediction, seed);
    IntPredicate prompts = n -> carries(growth.withPrompts(n, m.prompts()), m, prediction, seed);
    return new Reach(
        carried,
        fewest(layers, m.layers(), prediction.layers() - 1),
        prediction.tokens() == m.tokens()
            ? Optional.empty()
            : fewest(prompts, m.prompts(), MOST_PROMPTS));
  }

  private static boolean says(StageDrift state) {
    return state.high() * state.high() <= state.relative() * Limit.UNRELATED;
  }

  private static boolean carries(Growth growth, Measurement m, Prediction wanted, long seed) {
    return Prediction.of(growth.only(STATE), m.tokens(), wanted.layers(), wanted.tokens(), seed)
        .stages()
        .stream()
        .allMatch(Reach::says);
  }

  /** The least number above {@code not} that will do, if {@code most} does. */
  private static Optional<Integer> fewest(IntPredicate enough, int not, int most) {
    if (most <= not || !enough.test(most)) {
      return Optional.empty();
    }
    int low = not;
    int high = most;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (enough.test(middle)) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return Optional.of(high);
  }
}
