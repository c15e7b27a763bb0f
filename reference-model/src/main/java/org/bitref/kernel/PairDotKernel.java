package org.bitref.kernel;

import org.bitref.recipe.Inner;

/**
 * What the kernels of {@link Inner.Bf16Dp} have in common: a chain of float32 multiply-adds whose
 * terms are swapped within pairs when they are packed, and which takes and leaves subnormal numbers
 * as zero if the recipe says so.
 */
public abstract class PairDotKernel implements Microkernel {
  private final boolean oddFirst;
  private final boolean flushes;

  /** A kernel of this recipe part. */
  protected PairDotKernel(Inner.Bf16Dp dot) {
    this.oddFirst = dot.order() == Inner.Bf16Dp.Order.ODDEVEN;
    this.flushes = dot.ftz();
  }

  /** True if subnormal operands and results count as zero, their sign kept. */
  protected final boolean flushes() {
    return flushes;
  }

  @Override
  public final float operand(float value) {
    return flushes ? PairDot.flush(value) : value;
  }

  @Override
  public final int term(int k, int depth) {
    int other = k ^ 1;
    return oddFirst && other < depth ? other : k;
  }

  @Override
  public final boolean swapsPairs() {
    return oddFirst;
  }

  /** A NaN is left to the interpreter, whose pattern does not depend on the order of operands. */
  @Override
  public final boolean isTotal() {
    return false;
  }

  @Override
  public final boolean handlesInitial(double initial) {
    return !flushes || initial == 0 || Math.abs(initial) >= Float.MIN_NORMAL;
  }
}
