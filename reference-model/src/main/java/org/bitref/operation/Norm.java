package org.bitref.operation;

import static org.bitref.recipe.PointRecipe.Kind.ADD;

import java.util.List;
import java.util.Optional;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.NormKernel;
import org.bitref.kernel.row.PointKernel;
import org.bitref.recipe.Exponential;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * RMSNorm over rows of {@code weight.elements()} values.
 *
 * @param x as many elements as the result
 * @param addend for a norm fused with a residual sum: what is added to x first, in the format that
 *     the norm computes in
 * @param weight [width]
 * @param eps the model's
 * @param shape of the result
 * @param fromOne true if the weight is 1 plus a stored number: Gemma
 */
public record Norm(
    Tensor x, Optional<Tensor> addend, Tensor weight, double eps, Shape shape, boolean fromOne)
    implements Operation {
  /**
   * @throws IllegalArgumentException if the elements do not make rows of the weight's length
   */
  public Norm {
    Pointwise.check(x.elements() == shape.elements(), x, shape);
    addend.ifPresent(other -> Pointwise.check(other.elements() == x.elements(), other, x.shape()));
    boolean rows = weight.elements() > 0 && x.elements() % weight.elements() == 0;
    Pointwise.check(rows, x, weight.shape());
  }

  /** A norm whose weight is the stored one. */
  public Norm(Tensor x, Optional<Tensor> addend, Tensor weight, double eps, Shape shape) {
    this(x, addend, weight, eps, shape, false);
  }

  /** 1 plus each stored number, in double. */
  public static Tensor plusOne(Tensor stored) {
    TensorBuilder weight = new TensorBuilder(DType.F64, stored.shape());
    for (long i = 0; i < stored.elements(); i++) {
      weight.set(i, 1 + stored.get(i));
    }
    return weight.build();
  }

  /** A norm of one tensor, in its shape. */
  public Norm(Tensor x, Tensor weight, double eps) {
    this(x, Optional.empty(), weight, eps, x.shape());
  }

  /** A captured norm of one tensor. */
  public static Captured<Norm> captured(Tensor x, Tensor weight, double eps, Tensor y) {
    return new Captured<>(new Norm(x, Optional.empty(), weight, eps, y.shape()), y);
  }

  /** True if every bit that this norm is computed from is the same there. */
  public boolean isSame(Norm other) {
    return eps == other.eps
        && fromOne == other.fromOne
        && shape.equals(other.shape)
        && x.isSame(other.x)
        && weight.isSame(other.weight)
        && addend.isPresent() == other.addend.isPresent()
        && addend.stream().allMatch(sum -> sum.isSame(other.addend.orElseThrow()));
  }

  /** Values of a row. */
  public int width() {
    return Math.toIntExact(weight.elements());
  }

  @Override
  public OperationKind kind() {
    return OperationKind.NORM;
  }

  @Override
  public List<Tensor> inputs() {
    return addend.isPresent() ? List.of(x, addend.get()) : List.of(x);
  }

  @Override
  public Norm withInput(int i, Tensor other) {
    return i == 0
        ? new Norm(other, addend, weight, eps, shape, fromOne)
        : new Norm(x, Optional.of(other), weight, eps, shape, fromOne);
  }

  @Override
  public Tensor run(StageRecipe recipe, Workers workers) {
    NormRecipe norm = (NormRecipe) recipe;
    return new NormKernel(norm, eps, fromOne).run(summed(norm, workers), weight, shape, workers);
  }

  private Tensor summed(NormRecipe norm, Workers workers) {
    if (addend.isEmpty()) {
      return x;
    }
    PointRecipe sum =
        new PointRecipe(ADD, norm.calc(), Exponential.CR, PointRecipe.Form.DIV, norm.calc());
    return new PointKernel(sum).run(x, addend.get(), workers);
  }
}
