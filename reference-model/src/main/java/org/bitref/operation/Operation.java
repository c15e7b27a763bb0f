package org.bitref.operation;

import java.util.List;
import org.bitref.kernel.Workers;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** One step of a forward pass with its operands. */
public sealed interface Operation
    permits Embedding,
        RotaryTable,
        RowAddition,
        Norm,
        Product,
        Rotation,
        CacheAppend,
        Attention,
        Pointwise {

  /** What is computed, without the operands. */
  OperationKind kind();

  /** Shape of the result. */
  Shape shape();

  /** The operands that come from other steps, without weights and tables. */
  List<Tensor> inputs();

  /**
   * The same step with operand {@code i} of {@link #inputs} replaced.
   *
   * @param other as many elements as the one that it replaces
   */
  Operation withInput(int i, Tensor other);

  /**
   * The result, as the recipe stores it. One that is chosen by sizes is taken at the operands'.
   *
   * @throws ClassCastException if the recipe is of another kind, see {@link OperationKind#takes}
   */
  Tensor run(StageRecipe recipe, Workers workers);

  /** The result in float64 with exact sums, nothing rounded to storage. */
  default Tensor exact(Workers workers) {
    return run(kind().exact(), workers);
  }
}
