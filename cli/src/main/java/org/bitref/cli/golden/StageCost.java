package org.bitref.cli.golden;

import org.bitref.model.Op;
import org.bitref.model.Qwen3VlPlan;
import org.bitref.model.Stage;
import org.bitref.tensor.Shape;

/** How long stages take, in multiplications: the unit of progress. */
final class StageCost {
  private StageCost() {}

  /** A rough count; at least 1. */
  static long of(Qwen3VlPlan plan, Stage stage) {
    long elements = stage.shape().elements();
    return switch (stage.op()) {
      case Op.Linear _ -> Math.max(1, elements * input(plan, stage, 0).dim(-1));
      // Every query against half of the keys, twice: scores, and their product with the values.
      case Op.Attention _ -> Math.max(1, elements * input(plan, stage, 1).dim(2));
      default -> Math.max(1, elements);
    };
  }

  private static Shape input(Qwen3VlPlan plan, Stage stage, int i) {
    return plan.stage(stage.inputs().get(i)).shape();
  }
}
