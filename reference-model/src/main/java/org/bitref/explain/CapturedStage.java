package org.bitref.explain;

import java.util.List;
import org.bitref.operation.Captured;
import org.bitref.tensor.DType;

/** A stage as one system computed it, beside the inputs that the same system had. */
public sealed interface CapturedStage {
  /** The system. */
  String system();

  /** The stage, by its name in the plan. */
  String stage();

  /**
   * One that can be computed again.
   *
   * @param inputs names of the stages behind the operation's inputs
   */
  record Ready(String system, String stage, Captured<?> content, List<String> inputs)
      implements CapturedStage {
    /** The list is copied. */
    public Ready {
      inputs = List.copyOf(inputs);
    }

    /** The same with other inputs. */
    Ready with(Captured<?> other) {
      return new Ready(system, stage, other, inputs);
    }
  }

  /**
   * One that cannot.
   *
   * @param dtype how it is stored
   */
  record Lacking(String system, String stage, DType dtype, Gap gap) implements CapturedStage {}
}
