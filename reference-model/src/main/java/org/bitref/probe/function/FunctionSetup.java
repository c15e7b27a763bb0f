package org.bitref.probe.function;

import org.bitref.tensor.DType;

/**
 * What is asked; all inputs follow from it.
 *
 * @param dtype of inputs and results: F32, F16 or BF16
 * @param rows of softmax and norm
 * @param width elements of such a row
 * @param seed of what is drawn at random
 */
public record FunctionSetup(DType dtype, int rows, int width, long seed) {
  /** Added to the mean square of a norm. */
  public static final double EPS = 1e-6;

  /**
   * @throws IllegalArgumentException for another type, or without rows of two elements
   */
  public FunctionSetup {
    if (dtype != DType.F32 && dtype != DType.F16 && dtype != DType.BF16) {
      throw new IllegalArgumentException("functions are probed in f32, f16 or bf16, not " + dtype);
    }
    if (rows < 1 || width < 2) {
      throw new IllegalArgumentException(
          "softmax and norm need a row of at least 2 elements, not " + rows + "x" + width);
    }
  }

  /** The same with another seed. */
  FunctionSetup withSeed(long other) {
    return new FunctionSetup(dtype, rows, width, other);
  }
}
