package org.bitref.operation;

import java.util.List;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.RopeKernel;
import org.bitref.recipe.RopeRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * The rotation of heads by position; heads move outside: the result is [B, heads, S, D].
 *
 * @param x [B, S, heads, D]
 * @param cos [B, S, D]
 * @param sin [B, S, D]
 */
public record Rotation(Tensor x, Tensor cos, Tensor sin) implements Operation {
  /**
   * @throws IllegalArgumentException if the shapes do not fit each other
   */
  public Rotation {
    Pointwise.check(x.shape().rank() == 4, x, cos.shape());
    long rows = x.elements() / (x.shape().dim(2) * x.shape().dim(3)) * x.shape().dim(3);
    Pointwise.check(cos.elements() == rows && sin.elements() == rows, x, cos.shape());
  }

  @Override
  public OperationKind kind() {
    return OperationKind.ROTATE;
  }

  @Override
  public Shape shape() {
    Shape in = x.shape();
    return Shape.of(in.dim(0), in.dim(2), in.dim(1), in.dim(3));
  }

  @Override
  public List<Tensor> inputs() {
    return List.of(x);
  }

  @Override
  public Rotation withInput(int i, Tensor other) {
    return new Rotation(other.reshape(x.shape()), cos, sin);
  }

  @Override
  public Tensor run(StageRecipe recipe, Workers workers) {
    return new RopeKernel((RopeRecipe) recipe).run(x, cos, sin, workers);
  }
}
