package org.bitref.replay;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bitref.diagnose.OtherFunction;
import org.bitref.tensor.Tensor;

/** What computing a stage again from what was captured before it showed. */
public sealed interface Replayed {
  /** Stages that were not captured and are computed on the way, names of the plan. */
  List<String> through();

  /**
   * It is a rounding of a known function.
   *
   * @param others where that is not the model's; none if it is
   * @param through stages on the way
   * @param size root mean square of its errors, in units of an example of rounding
   * @param exact the exact result of the function, float64 in the stage's shape; empty if only the
   *     first tokens were computed
   */
  record Follows(
      Set<OtherFunction> others, List<String> through, double size, Optional<Tensor> exact)
      implements Replayed {
    /** The collections are copied. */
    public Follows {
      others = Set.copyOf(others);
      through = List.copyOf(through);
    }
  }

  /**
   * No function that is known gives it.
   *
   * @param size root mean square of the model's errors, in units of an example of rounding
   */
  record Open(List<String> through, double size) implements Replayed {
    /** The list is copied. */
    public Open {
      through = List.copyOf(through);
    }
  }

  /**
   * It cannot be computed again.
   *
   * @param what is missing: a stage, a weight or a tensor of the prompt
   */
  record Lacking(String what) implements Replayed {
    @Override
    public List<String> through() {
      return List.of();
    }
  }
}
