package org.bitref.cli.gemm;

import java.util.Arrays;
import java.util.Optional;
import org.bitref.BadInputException;
import org.bitref.cli.dump.OperandShapes;
import org.bitref.cli.dump.ProductShape;
import org.bitref.kernel.Scales;
import org.bitref.kernel.Workers;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Sizes;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * y = x · wᵀ for every batch: x [.., M, K], w [.., N, K], c [.., M, N]. If w has no batch
 * dimensions it serves all of x's.
 */
record BatchedProduct(
    Tensor x, Tensor w, Optional<Tensor> c, Optional<Tensor> bias, Scales scales) {

  /**
   * @throws BadInputException if the shapes do not fit together
   */
  BatchedProduct {
    if (x.shape().rank() < 2 || w.shape().rank() < 2) {
      throw unfit(x, w, "x must be [.., M, K] and w [.., N, K]");
    }
    if (x.shape().dim(-1) != w.shape().dim(-1)) {
      throw unfit(x, w, "their last axes, K, differ");
    }
    if (w.shape().rank() > 2 && !batch(x.shape()).equals(batch(w.shape()))) {
      throw unfit(x, w, "their leading axes differ");
    }
    if (w.shape().rank() > 2 && !scales.isEmpty()) {
      throw unfit(x, w, "a product with scales takes one w");
    }
    Shape y = x.shape().withLast(w.shape().dim(-2));
    c.filter(t -> !t.shape().equals(y)).ifPresent(t -> refuse("c", t, y));
    Shape n = Shape.of(w.shape().dim(-2));
    bias.filter(t -> !t.shape().equals(n)).ifPresent(t -> refuse("bias", t, n));
  }

  private static void refuse(String name, Tensor tensor, Shape expected) {
    throw new BadInputException(
        name,
        "has shape " + tensor.shape() + " where " + expected + " is expected",
        "Check that it belongs to x and w.");
  }

  private static BadInputException unfit(Tensor x, Tensor w, String why) {
    Optional<OperandShapes.Advice> advice = OperandShapes.of(x.shape(), w.shape());
    return new BadInputException(
        "x " + x.shape() + " and w " + w.shape(),
        "do not fit together: " + advice.map(OperandShapes.Advice::problem).orElse(why),
        advice
            .map(OperandShapes.Advice::remedy)
            .orElse("The product is x · wᵀ; transpose or reshape one of them."));
  }

  private static Shape batch(Shape shape) {
    return Shape.of(Arrays.copyOf(shape.dims(), shape.rank() - 2));
  }

  /** What a library chooses its kernel by. */
  Sizes sizes() {
    boolean shared = w.shape().rank() == 2;
    long rows = shared ? x.shape().asRows().dim(0) : x.shape().dim(-2);
    long batch = shared ? 1 : batch(x.shape()).elements();
    return new Sizes(batch, rows, w.shape().dim(-2), x.shape().dim(-1));
  }

  /** The same if the operands are rows of larger ones. */
  Sizes sizes(ProductShape whole) {
    return new Sizes(sizes().batch(), whole.rows(), whole.columns(), x.shape().dim(-1));
  }

  /** Multiply-adds in all. */
  double products() {
    return (double) x.elements() * w.shape().dim(-2);
  }

  /** The result [.., M, N]. */
  Tensor run(GemmRecipe recipe, Workers workers) {
    Shape shape = x.shape().withLast(w.shape().dim(-2));
    if (w.shape().rank() == 2) {
      Optional<Tensor> rows = c.map(t -> t.reshape(t.shape().asRows()));
      return new Product(x, w, rows, bias, scales).run(recipe, workers).reshape(shape);
    }
    TensorBuilder all = new TensorBuilder(DType.of(recipe.output()), shape);
    long batches = batch(x.shape()).elements();
    for (int b = 0; b < batches; b++) {
      Product one = new Product(matrix(x, b), matrix(w, b), matrix(c, b), bias);
      Tensor y = one.run(recipe, workers);
      all.copy(b * y.elements(), y, 0, y.elements());
    }
    return all.build();
  }

  private static Optional<Tensor> matrix(Optional<Tensor> tensor, int b) {
    return tensor.map(t -> matrix(t, b));
  }

  private static Tensor matrix(Tensor tensor, long b) {
    Shape matrix = Shape.of(tensor.shape().dim(-2), tensor.shape().dim(-1));
    return tensor.slice(b * matrix.elements(), matrix);
  }
}
