package org.bitref.operation;

import java.util.Optional;
import org.bitref.compare.StoredBits;
import org.bitref.kernel.Workers;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Tensor;

/**
 * An operation and what a system made of it.
 *
 * @param y as many elements as the operation's result, in the same order
 */
public record Captured<O extends Operation>(O operation, Tensor y) {
  /**
   * @throws IllegalArgumentException if {@code y} has another number of elements than the result;
   *     of a product, if {@code x} is no matrix or {@code y} has another shape
   */
  public Captured {
    boolean fits =
        operation instanceof Product product
            ? product.x().shape().rank() == 2 && y.shape().equals(product.shape())
            : y.elements() == operation.shape().elements();
    if (!fits) {
      throw new IllegalArgumentException(
          operation instanceof Product product
              ? "y " + y.shape() + " is no product " + product.factors()
              : operation.inputs().getFirst().shape() + " does not fit " + y.shape());
    }
  }

  /** The same, if the operation is of this type. */
  public <P extends Operation> Optional<Captured<P>> as(Class<P> type) {
    return type.isInstance(operation)
        ? Optional.of(new Captured<>(type.cast(operation), y))
        : Optional.empty();
  }

  /** The same captured result beside the operation with another operand. */
  public Captured<Operation> withInput(int i, Tensor other) {
    return new Captured<>(operation.withInput(i, other), y);
  }

  /** How many captured elements the recipe gives, bit for bit or NaN for NaN. */
  public long equal(StageRecipe recipe, Workers workers) {
    return StoredBits.equal(operation.run(recipe, workers), y);
  }

  /** True if the recipe gives every captured element. */
  public boolean isReproducedBy(StageRecipe recipe, Workers workers) {
    return equal(recipe, workers) == y.elements();
  }
}
