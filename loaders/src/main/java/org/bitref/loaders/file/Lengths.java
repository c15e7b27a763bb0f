package org.bitref.loaders.file;

import java.util.List;
import java.util.Optional;
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
    if (lengths.size() > MOST_AXES) {
      return Optional.empty();
    }
    try {
      Shape shape = Shape.of(lengths.stream().mapToLong(Long::longValue).toArray());
      Math.multiplyExact(shape.elements(), Long.BYTES);
      return Optional.of(shape);
    } catch (IllegalArgumentException | ArithmeticException _) {
      return Optional.empty();
    }
  }
}
