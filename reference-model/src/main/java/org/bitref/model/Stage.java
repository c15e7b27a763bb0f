package org.bitref.model;

import java.util.List;
import org.bitref.tensor.Shape;

/**
 * One step of the plan.
 *
 * @param inputs the stages whose results it reads, in the order its {@link Op} expects
 * @param shape shape of its result
 */
public record Stage(StageId id, Op op, List<StageId> inputs, Shape shape) {
  /** Copies the list. */
  public Stage {
    inputs = List.copyOf(inputs);
  }
}
