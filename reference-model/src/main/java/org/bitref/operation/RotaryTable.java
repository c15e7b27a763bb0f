package org.bitref.operation;

import java.util.List;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.Frequencies;
import org.bitref.kernel.row.RopeTable;
import org.bitref.recipe.RopeTableRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * Cosines or sines of the rotary angles, [B, S, D].
 *
 * @param positions temporal, height and width position of each token, [3][B * S]
 * @param frequencies of the model
 * @param given the table itself, where a system was handed it: it is rounded, not computed
 */
public record RotaryTable(
    boolean sine, long[][] positions, Frequencies frequencies, Shape shape, Optional<Tensor> given)
    implements Operation {

  @Override
  public OperationKind kind() {
    return sine ? OperationKind.SINES : OperationKind.COSINES;
  }

  @Override
  public List<Tensor> inputs() {
    return List.of();
  }

  @Override
  public Operation withInput(int i, Tensor other) {
    throw new IndexOutOfBoundsException(i);
  }

  @Override
  public Tensor run(StageRecipe recipe, Workers workers) {
    return given
        .map(table -> table.reshape(shape).cast(DType.of(recipe.output())))
        .orElseGet(() -> computed((RopeTableRecipe) recipe));
  }

  private Tensor computed(RopeTableRecipe recipe) {
    return new RopeTable(recipe, frequencies, shape.intDim(-1)).run(positions, sine, shape);
  }
}
