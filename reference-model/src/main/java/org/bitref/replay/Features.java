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
    Rows x = step.in(0);
    Optional<Tensor> features = name.flatMap(step::given);
    if (features.isEmpty()) {
      return x;
    }
    Tensor mask = step.given("visual_mask").orElseThrow(() -> new NotReplayable("visual_mask"));
    long visual = 0;
    for (long t = 0; t < mask.elements(); t++) {
      visual += mask.get(t) != 0 ? 1 : 0;
    }
    if (mask.elements() != step.replay().layout().all()
        || features.get().elements() != visual * x.width()) {
      throw new NotReplayable(name.orElseThrow() + " for each visual token");
    }
    double[] sum = x.values().clone();
    int next = 0;
    for (int t = 0; t < x.tokens(); t++) {
      if (mask.get(t) != 0) {
        int to = t + later;
        for (int i = 0; i < x.width() && isInside(step, t, to); i++) {
          sum[to * x.width() + i] += times * features.get().get((long) next * x.width() + i);
        }
        next++;
      }
    }
    return new Rows(x.tokens(), x.width(), sum);
  }
}
