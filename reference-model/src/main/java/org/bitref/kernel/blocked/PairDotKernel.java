package org.bitref.kernel.blocked;

import org.bitref.recipe.Inner;

/**
 * {@link Inner.Bf16Dp} as a chain of float32 multiply-adds: the terms are swapped within pairs when
 * they are packed.
 *
 * <p>Where subnormal numbers count as zero, the chain is right only if none can appear. With every
 * term of an output a multiple of 2^-126, every sum is one too, and so is zero or normal; other
 * outputs are left to the interpreter.
 */
final class PairDotKernel implements Microkernel {
  /** Exponent of a number's lowest bit, below the exponent of its highest. */
  private static final int BFLOAT16_FRACTION = 7;

  private static final int SMALLEST_NORMAL = -126;

  private final Microkernel chain;
  private final boolean oddFirst;
  private final boolean flushes;

  PairDotKernel(Inner.Bf16Dp dot, Microkernel chain) {
    this.chain = chain;
    this.oddFirst = dot.order() == Inner.Bf16Dp.Order.ODDEVEN;
    this.flushes = dot.ftz();
  }

  @Override
  public int rows() {
    return chain.rows();
  }

  @Override
  public int columns() {
    return chain.columns();
  }

  @Override
  public void accumulate(
      int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt) {
    chain.accumulate(depth, a, aAt, w, wAt, acc, accAt);
  }

  @Override
  public boolean swapsPairs() {
    return oddFirst;
  }

  /** Exponent of the smallest operand's lowest bit; zeros do not count. */
  @Override
  public int grade(float[] operands, int from, int to) {
    int smallest = Integer.MAX_VALUE / 2;
    for (int i = from; i < to; i++) {
      if (operands[i] != 0) {
        smallest = Math.min(smallest, Math.getExponent(operands[i]) - BFLOAT16_FRACTION);
      }
    }
    return smallest;
  }

  @Override
  public boolean handles(int row, int column) {
    return !flushes || row + column >= SMALLEST_NORMAL;
  }

  /** A multiple of 2^-126 as well. */
  @Override
  public boolean handlesInitial(double initial) {
    return !flushes || initial == 0 || Math.getExponent(initial) - 23 >= SMALLEST_NORMAL;
  }

  @Override
  public boolean isTotal() {
    return !flushes;
  }
}
