package org.bitref.operation;

import java.util.List;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.PointKernel;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * An element-wise function of one or two tensors with as many elements.
 *
 * @param b the second operand; empty for CAST, SILU and GELU
 */
public record Pointwise(PointRecipe.Kind function, Tensor a, Optional<Tensor> b)
    implements Operation {
  /**
   * @throws IllegalArgumentException if the operands differ in their number of elements
   */
  public Pointwise {
    b.ifPresent(other -> check(a.elements() == other.elements(), a, other.shape()));
  }

  static void check(boolean fits, Tensor a, Shape other) {
    if (!fits) {
      throw new IllegalArgumentException(a.shape() + " does not fit " + other);
    }
  }

  @Override
  public OperationKind kind() {
    return switch (function) {
      case ADD -> OperationKind.ADD;
      case MUL -> OperationKind.MUL;
      case SILU -> OperationKind.SILU;
      case GELU -> OperationKind.GELU;
      case CAST -> OperationKind.CAST;
    };
  }

  @Override
  public Shape shape() {
    return a.shape();
  }

  @Override
  public List<Tensor> inputs() {
    return b.isPresent() ? List.of(a, b.get()) : List.of(a);
  }

  @Override
  public Pointwise withInput(int i, Tensor other) {
    return i == 0
        ? new Pointwise(function, other, b)
        : new Pointwise(function, a, Optional.of(other));
  }

  @Override
  public Tensor run(StageRecipe recipe, Workers workers) {
    PointKernel kernel = new PointKernel((PointRecipe) recipe);
    return b.isPresent() ? kernel.run(a, b.get(), workers) : kernel.run(a, workers);
  }
}
