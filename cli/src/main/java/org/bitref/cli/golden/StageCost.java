package org.bitref.cli.golden;

import org.bitref.model.Plan;
import org.bitref.model.PrefillInputs;
import org.bitref.model.Stage;
import org.bitref.tensor.Shape;

/** How long stages take, in multiplications: the unit of progress. */
final class StageCost {
  private StageCost() {}

  /** A rough count; at least 1. */
  static long of(PrefillInputs inputs, Plan plan, Stage stage) {
    long elements = inputs.shape(stage).elements();
    return switch (stage.kind()) {
      case PRODUCT -> Math.max(1, elements * input(inputs, plan, stage, 0).dim(-1));
      // Every query against half of the keys, twice: scores, and their product with the values.
      case ATTEND -> Math.max(1, elements * input(inputs, plan, stage, 1).dim(2));
      default -> Math.max(1, elements);
    };
  }

  private static Shape input(PrefillInputs inputs, Plan plan, Stage stage, int i) {
    return inputs.shape(plan.stage(stage.inputs().get(i)));
  }
}
