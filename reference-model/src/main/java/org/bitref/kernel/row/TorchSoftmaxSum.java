package org.bitref.kernel.row;

import org.bitref.kernel.row.RowSum.Terms;
import org.bitref.numerics.Format;

/**
 * {@link org.bitref.recipe.SumOrder.TorchSoftmax}: short rows by one warp; longer ones by a block
 * of 1024 threads that keeps the row in registers, in shared memory or nowhere.
 */
final class TorchSoftmaxSum implements RowSum {
  private static final int WARP = 32;
  private static final int THREADS = 1024;

  /** Shared memory of a block that rows must not fill, 128 bytes for the warps' sums set aside. */
  private static final int SHARED_BYTES = 48 * 1024 - 128;

  private final boolean half;
  private final int load;
  private final Format calc;
  private final LaneSums block;

  TorchSoftmaxSum(Format input, Format calc) {
    this.half = input == Format.F16;
    this.load = half ? 8 : 4;
    this.calc = calc;
    this.block = new LaneSums(THREADS, 1, calc);
  }

  @Override
  public double of(Terms terms, int n, long row) {
    if (n <= (half ? 1024 : 2048)) {
      return warp(terms, n);
    }
    block.clear();
    if (!half && n <= 9 * THREADS) {
      block.deal(terms, 0, n, 1);
    } else if (n % load == 0 && n * (half ? 2L : 4L) < SHARED_BYTES) {
      block.deal(terms, 0, n, load);
    } else {
      unaligned(terms, n, (int) (row * n % load));
    }
    return block.total(WARP);
  }

  private double warp(Terms terms, int n) {
    int lanes = Math.min(WARP, Integer.highestOneBit(Math.max(1, 2 * n - 1)));
    LaneSums warp = new LaneSums(lanes, 1, calc);
    warp.deal(terms, 0, n, 1);
    return warp.total(lanes);
  }

  /**
   * First the terms before the block's first aligned one, if any, a lane each; then whole blocks of
   * vectors; the rest one to a lane.
   *
   * @param past how far the row's first term lies past an aligned one
   */
  private void unaligned(Terms terms, int n, int past) {
    int head = past == 0 ? 0 : THREADS - past;
    block.add(past, terms, 0, head);
    int end = n - (n - head) % (THREADS * load);
    block.deal(terms, head, end, load);
    block.deal(terms, end, n, 1);
  }
}
