package org.bitref.replay;

import java.util.Optional;
import org.bitref.tensor.Tensor;

/** Visual features on the rows of visual tokens. */
final class Features {
  private Features() {}

  /** True if a token stands in the sequence of another. */
  private static boolean isInside(Step step, int token, int other) {
    int s = step.sequence();
    return other >= 0 && other / s == token / s && other < step.replay().layout().tokens();
  }

  /** Adds a feature of the prompt some times; where the prompt has none, the state passes. */
  static Rows add(Step step, Optional<String> name, double times) {
    return add(step, name, times, 0);
  }

  /**
   * @param later how many tokens after the visual ones the features go to
   */
  static Rows add(Step step, Optional<String> name, double times, int later) {
    return name.filter(one -> step.given(one).isPresent())
        .map(one -> add(step, one, times, later, (row, _) -> row))
        .orElseGet(() -> step.in(0));
  }

  /** Which feature a visual token gets, of so many. */
  @FunctionalInterface
  interface Order {
    int of(int row, int rows);
  }

  /** The feature of the stage in another order. */
  static Rows ordered(Step step, Order order) {
    String name = step.stage().given().orElseThrow(() -> new NotReplayable("a feature"));
    return add(step, name, 1, 0, order);
  }

  private static Rows add(Step step, String name, double times, int later, Order order) {
    Rows x = step.in(0);
    Tensor features = step.given(name).orElseThrow(() -> new NotReplayable(name));
    Tensor mask = step.given("visual_mask").orElseThrow(() -> new NotReplayable("visual_mask"));
    int visual = 0;
    for (long t = 0; t < mask.elements(); t++) {
      visual += mask.get(t) != 0 ? 1 : 0;
    }
    if (mask.elements() != step.replay().layout().all()
        || features.elements() != (long) visual * x.width()) {
      throw new NotReplayable(name + " for each visual token");
    }
    double[] sum = x.values().clone();
    int next = 0;
    for (int t = 0; t < x.tokens(); t++) {
      if (mask.get(t) != 0) {
        int to = t + later;
        long from = (long) order.of(next, visual) * x.width();
        for (int i = 0; i < x.width() && isInside(step, t, to); i++) {
          sum[to * x.width() + i] += times * features.get(from + i);
        }
        next++;
      }
    }
    return new Rows(x.tokens(), x.width(), sum);
  }
}
