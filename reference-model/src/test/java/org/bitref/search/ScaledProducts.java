package org.bitref.search;

import java.util.Optional;
import java.util.SplittableRandom;
import org.bitref.kernel.OperandScale;
import org.bitref.kernel.Scales;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Rounding;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Products of quantised operands, drawn from a seed. */
final class ScaledProducts {
  private final SplittableRandom random;

  ScaledProducts(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** Values of a type, or whole numbers of 8 bits in float16. */
  Tensor operand(DType dtype, int rows, int k) {
    boolean whole = dtype == DType.I8;
    DType held = whole ? DType.F16 : dtype;
    TensorBuilder out = new TensorBuilder(held, Shape.of(rows, k));
    for (long i = 0; i < (long) rows * k; i++) {
      double value = whole ? random.nextInt(-127, 128) : random.nextGaussian() * 8;
      out.set(i, held.format().orElseThrow().round(value, Rounding.RNE));
    }
    return out.build();
  }

  /** Factors such as a quantiser divides by: the largest magnitude over that of a format. */
  Tensor factors(long... dims) {
    Shape shape = Shape.of(dims);
    TensorBuilder out = new TensorBuilder(DType.F32, shape);
    for (long i = 0; i < shape.elements(); i++) {
      out.set(i, (float) ((0.5 + random.nextDouble() * 3) / 448));
    }
    return out.build();
  }

  Product product(DType x, DType w, int m, int n, int k) {
    return new Product(operand(x, m, k), operand(w, n, k));
  }

  static Product scaled(Product product, Optional<Tensor> x, Optional<Tensor> w) {
    return product.withScales(
        new Scales(
            x.map(scale -> OperandScale.of(scale, product.rows(), product.depth())),
            w.map(scale -> OperandScale.of(scale, product.columns(), product.depth()))));
  }

  static Captured<Product> captured(Product product, GemmRecipe recipe, Workers workers) {
    return new Captured<>(product, product.run(recipe, workers));
  }

  /** The same result beside the operands without their scales. */
  static Captured<Product> withoutScales(Captured<Product> gemm) {
    return new Captured<>(gemm.operation().withScales(Scales.NONE), gemm.y());
  }
}
