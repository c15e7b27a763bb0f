package org.bitref.explain;

import java.util.List;
import org.bitref.operation.Captured;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Tensor;

/**
 * A stage of one system after its evaluation.
 *
 * @param stage with the inputs that explain it best; null if bridged
 * @param inputs names of the stages behind its inputs
 * @param exact its exact result on them
 * @param recipe what reproduces it; null if nothing does
 * @param status of the stage
 */
record Evaluated(
    Captured<?> stage, List<String> inputs, Tensor exact, StageRecipe recipe, SystemStage status) {}
