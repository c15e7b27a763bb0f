package org.bitref.kernel.blocked;

/** A fused dot-add. */
public abstract class FdaKernel implements Microkernel {
  /** The recipe's numbers. */
  protected final FdaStep step;

  /** For this step, which fits. */
  protected FdaKernel(FdaStep step) {
    this.step = step;
  }

  @Override
  public final int grade(float[] operands, int from, int to) {
    return FdaStep.handles(operands, from, to) ? 1 : 0;
  }

  @Override
  public final boolean handles(int row, int column) {
    return row > 0 && column > 0;
  }

  @Override
  public final boolean handlesInitial(double initial) {
    return FdaStep.handlesInitial(initial);
  }

  @Override
  public final boolean isTotal() {
    return false;
  }
}
