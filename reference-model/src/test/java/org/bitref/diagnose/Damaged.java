package org.bitref.diagnose;

import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntUnaryOperator;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Seeded products in the arithmetic of some library, to be damaged. */
record Damaged(DType type, Tensor x, Tensor w, Tensor y) {
  private static final List<String> HALF =
      List.of(
          "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)",
          "in=f16 | fda(w=16,F=25,acc=f16rne) | seq | none | none | cvt(f16,rne)",
          "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | splitk(s=2,g=64)"
              + " | partial=f16,order=fwd,add=f16rne | cvt(f16,rne)");
  private static final List<String> BRAIN =
      List.of(
          "in=bf16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(bf16,rne)",
          "in=bf16 | fda(w=16,F=25,acc=f32rz) | seq | splitk(s=3,g=64)"
              + " | partial=bf16,order=fwd,add=bf16rne | cvt(bf16,rne)");
  private static final List<String> SINGLE =
      List.of(
          "in=f32 | fma(acc=f32rne,lanes=8) | seq | none | none | none",
          "in=tf32,tf32=rna | fda(w=8,F=25,acc=f32rz) | seq | none | none | none");

  /** A product of normally distributed factors, some channels ten times as large. */
  static Damaged product(long seed, int rows, int columns, int depth, Workers workers) {
    Random random = new Random(seed);
    DType type = List.of(DType.F16, DType.BF16, DType.F32).get(random.nextInt(3));
    Tensor x = normal(random, type, 1, rows, depth);
    Tensor w = normal(random, type, 0.05, columns, depth);
    return new Damaged(type, x, w, multiply(random, type, x, w, GemmOperands.NONE, workers));
  }

  static Tensor multiply(
      Random random, DType type, Tensor x, Tensor w, GemmOperands operands, Workers workers) {
    List<String> recipes = type == DType.F16 ? HALF : type == DType.BF16 ? BRAIN : SINGLE;
    GemmRecipe recipe = GemmRecipe.parse(recipes.get(random.nextInt(recipes.size())));
    return Kernels.gemm(recipe).multiply(x, w, operands, workers);
  }

  static Tensor normal(Random random, DType type, double scale, int rows, int columns) {
    double[] channel = new double[columns];
    for (int k = 0; k < columns; k++) {
      channel[k] = scale * (random.nextInt(50) == 0 ? 10 : 1);
    }
    TensorBuilder out = new TensorBuilder(type, Shape.of(rows, columns));
    for (int i = 0; i < rows * columns; i++) {
      out.set(i, channel[i % columns] * random.nextGaussian());
    }
    return out.build();
  }

  int rows() {
    return y.shape().intDim(0);
  }

  int columns() {
    return y.shape().intDim(1);
  }

  Captured<Product> asCase() {
    return with(y);
  }

  Captured<Product> with(Tensor output) {
    return Product.captured(x, w, output);
  }

  /** Every output put through a function. */
  Captured<Product> each(DoubleUnaryOperator function) {
    TensorBuilder out = new TensorBuilder(type, y.shape());
    for (long i = 0; i < y.elements(); i++) {
      out.set(i, function.applyAsDouble(y.get(i)));
    }
    return with(out.build());
  }

  /** Every output times a factor. */
  Captured<Product> times(IntToDoubleFunction factor) {
    TensorBuilder out = new TensorBuilder(type, y.shape());
    for (int i = 0; i < y.elements(); i++) {
      out.set(i, y.get(i) * factor.applyAsDouble(i));
    }
    return with(out.build());
  }

  /** Output i is what stood at {@code from} of i; 0 below 0. */
  Captured<Product> moved(IntUnaryOperator from) {
    return with(moved(y, from));
  }

  static Tensor moved(Tensor tensor, IntUnaryOperator from) {
    TensorBuilder out = new TensorBuilder(tensor.dtype(), tensor.shape());
    for (int i = 0; i < tensor.elements(); i++) {
      int at = from.applyAsInt(i);
      out.set(i, at < 0 ? 0 : tensor.get(at));
    }
    return out.build();
  }
}
