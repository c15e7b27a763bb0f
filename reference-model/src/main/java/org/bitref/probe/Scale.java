package org.bitref.probe;

import java.util.List;
import org.bitref.tensor.DType;

/**
 * Sizes of the terms of a cancellation.
 *
 * @param huge the two that cancel are ±2^huge
 * @param least the small terms are 2^least, 2^(least+1), ...
 * @param bits how many small terms one output tells apart
 */
record Scale(int huge, int least, int bits) {
  /**
   * The scales for operands of a type, the first to be tried first. A later one serves where the
   * first is not answered: accumulators of half precision overflow under a wide scale, an input
   * that loses subnormals shows nothing under one that needs them, and an accumulator of double
   * precision needs a wide one.
   */
  static List<Scale> of(DType in) {
    Scale half = new Scale(15, -22, 8);
    Scale wide = new Scale(60, -20, 8);
    return switch (in) {
      case F16 -> List.of(half, new Scale(15, -14, 4));
      case BF16, F32 -> List.of(wide, half);
      case F64 -> List.of(new Scale(300, -100, 8), wide, half);
      case F8_E5M2 -> List.of(new Scale(15, -16, 4), new Scale(15, -14, 2));
      case F8_E4M3 -> List.of(new Scale(8, -9, 4), new Scale(8, -9, 2));
      default -> throw new IllegalArgumentException(in + " cannot be probed");
    };
  }

  /** True if a float32 sum of the huge terms and the small ones loses the small ones. */
  boolean showsFloat() {
    return huge - least - bits >= 24;
  }

  /** The value of a set of small terms. */
  double small(int mask) {
    return Math.scalb((double) mask, least);
  }
}
