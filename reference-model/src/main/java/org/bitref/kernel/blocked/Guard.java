package org.bitref.kernel.blocked;

import org.bitref.recipe.Inner;

/**
 * For which outputs a recipe's fast arithmetic is right. Others, and those that end as NaN or
 * infinity, are left to the interpreter.
 */
enum Guard {
  /** For all: nothing needs to be checked. */
  NONE,
  /** {@link FdaStep}: for operands in its range. */
  FDA,
  /**
   * A chain of multiply-adds where subnormal numbers count as zero: only if none can appear. With
   * every term of an output a multiple of 2^-126, every sum is one too, and so is zero or normal.
   */
  FLUSH;

  /** Exponent of a bfloat16's lowest bit, below the exponent of its highest. */
  private static final int BFLOAT16_FRACTION = 7;

  private static final int FLOAT_FRACTION = 23;

  /** What is needed of a recipe's arithmetic. */
  static Guard of(Inner inner) {
    return switch (inner) {
      case Inner.Fda _ -> FDA;
      case Inner.Bf16Dp pairs when pairs.ftz() -> FLUSH;
      default -> NONE;
    };
  }

  /**
   * What {@link #handles} needs to know of some operands of one row, or of one column. Of several
   * stretches the lowest grade counts; that of no operands is not below any other.
   */
  int grade(float[] operands, int from, int to) {
    return switch (this) {
      case NONE -> 0;
      case FDA -> FdaStep.handles(operands, from, to) ? 1 : 0;
      case FLUSH -> lowestBit(operands, from, to);
    };
  }

  /** Exponent of the smallest operand's lowest bit; zeros do not count. */
  private static int lowestBit(float[] operands, int from, int to) {
    int smallest = Integer.MAX_VALUE / 2;
    for (int i = from; i < to; i++) {
      if (operands[i] != 0) {
        smallest = Math.min(smallest, Math.getExponent(operands[i]) - BFLOAT16_FRACTION);
      }
    }
    return smallest;
  }

  /** True for outputs of a row and a column with these grades. */
  boolean handles(int row, int column) {
    return switch (this) {
      case NONE -> true;
      case FDA -> row > 0 && column > 0;
      case FLUSH -> row + column >= Float.MIN_EXPONENT;
    };
  }

  /** True for accumulators that start with this value. */
  boolean handlesInitial(double initial) {
    return switch (this) {
      case NONE -> true;
      case FDA -> FdaStep.handlesInitial(initial);
      case FLUSH ->
          initial == 0 || Math.getExponent(initial) - FLOAT_FRACTION >= Float.MIN_EXPONENT;
    };
  }
}
