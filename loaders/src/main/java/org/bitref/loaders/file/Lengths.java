package org.bitref.loaders.file;

import java.util.List;
import java.util.Optional;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;

/** Shapes from the numbers of a file, which may be anything. */
public final class Lengths {
  /** As in numpy; a message with more could not be read. */
  private static final int MOST_AXES = 64;

  private Lengths() {}

  /**
   * A shape of these lengths; nothing if there are more than 64, if one is negative, or if an array
   * of such shape would have more than 2^63-1 bytes.
   */
  public static Optional<Shape> shape(List<Long> lengths) {
    return lengths.size() > MOST_AXES ? Optional.empty() : shape(lengths, DType.I64);
  }

  /**
   * A shape of these lengths; nothing if one is negative, or if a tensor of this type would have
   * more than 2^63-1 bytes.
   */
  public static Optional<Shape> shape(List<Long> lengths, DType dtype) {
    try {
      Shape shape = Shape.of(lengths.stream().mapToLong(Long::longValue).toArray());
      Math.multiplyExact(shape.elements(), dtype.bytes());
      return Optional.of(shape);
    } catch (IllegalArgumentException | ArithmeticException _) {
      return Optional.empty();
    }
  }
}
