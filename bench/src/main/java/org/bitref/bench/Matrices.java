package org.bitref.bench;

import java.util.Random;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/** Factors as in a trained model: activations near 1, weights near 0.02, normally distributed. */
record Matrices(Tensor x, Tensor w) {
  static Matrices of(DType dtype, int rows, int columns, int depth) {
    return new Matrices(normal(dtype, rows, depth, 1, 1), normal(dtype, columns, depth, 0.02, 2));
  }

  private static Tensor normal(DType dtype, int rows, int depth, double scale, long seed) {
    Random random = new Random(seed);
    TensorBuilder out = new TensorBuilder(dtype, Shape.of(rows, depth));
    for (long i = 0; i < (long) rows * depth; i++) {
      out.set(i, random.nextGaussian() * scale);
    }
    return out.build();
  }
}
