package org.bitref.tensor;

import java.util.Arrays;

/** The lengths of a tensor's axes, outermost first. A scalar has no axes and one element. */
public final class Shape {
  private final long[] dims;
  private final long elements;

  private Shape(long[] dims) {
    long product = 1;
    for (long dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException("negative dimension in " + Arrays.toString(dims));
      }
      product = Math.multiplyExact(product, dim);
    }
    this.dims = dims;
    this.elements = product;
  }

  /**
   * A shape with these lengths.
   *
   * @throws IllegalArgumentException if a dimension is negative
   * @throws ArithmeticException if the element count exceeds a long
   */
  public static Shape of(long... dims) {
    return new Shape(dims.clone());
  }

  /** Number of axes. */
  public int rank() {
    return dims.length;
  }

  /** Length of axis {@code i}; a negative {@code i} counts from the end, -1 being the innermost. */
  public long dim(int i) {
    return dims[i < 0 ? dims.length + i : i];
  }

  /** As {@link #dim}, for a loop or an array index. */
  public int intDim(int i) {
    return Math.toIntExact(dim(i));
  }

  /** Product of all lengths. */
  public long elements() {
    return elements;
  }

  /** The lengths, outermost first. */
  public long[] dims() {
    return dims.clone();
  }

  /** Folds all axes but the last into one: [B, S, H] becomes [B*S, H]. */
  public Shape asRows() {
    long columns = dims.length == 0 ? 1 : dim(-1);
    long rows = 1;
    for (int i = 0; i < dims.length - 1; i++) {
      rows *= dims[i];
    }
    return Shape.of(rows, columns);
  }

  /** The same axes with another innermost length: [B, S, H] with 7 becomes [B, S, 7]. */
  public Shape withLast(long length) {
    long[] changed = dims.clone();
    changed[changed.length - 1] = length;
    return new Shape(changed);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** For example {@code [1, 112, 256]}. */
  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
