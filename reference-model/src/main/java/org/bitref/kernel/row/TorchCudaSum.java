package org.bitref.kernel.row;

import org.bitref.kernel.row.RowSum.Terms;
import org.bitref.numerics.Format;

/**
 * {@link org.bitref.recipe.SumOrder.TorchCuda}: the block's shape follows from the matrix's, and
 * with it the lanes. A block is {@code width} threads of a row times {@code height} rows; where a
 * row is so long that the other rows' threads help with it, all of them are lanes.
 *
 * <p>Rows of 131,072 elements and more of a matrix with few rows are cut over several blocks, which
 * is not modelled.
 */
final class TorchCudaSum implements RowSum {
  private static final int VECTOR = 4;
  private static final int THREADS = 512;
  private static final int WARP = 32;
  private static final int LEAST_VECTORISED = 128;

  private final long rows;
  private final Format calc;
  private LaneSums lanes;
  private int lanesFor = -1;
  private int width;

  TorchCudaSum(long rows, Format calc) {
    this.rows = rows;
    this.calc = calc;
  }

  @Override
  public double of(Terms terms, int n, long row) {
    if (n != lanesFor) {
      configure(n);
    }
    lanes.clear();
    if (n < LEAST_VECTORISED) {
      lanes.deal(terms, 0, n, 1);
    } else {
      vectors(terms, n, (int) (row * n % VECTOR));
    }
    return lanes.total(width);
  }

  private void configure(int n) {
    int across = powerBelow(n < LEAST_VECTORISED ? n : n / VECTOR);
    int down = powerBelow(rows);
    int height = Math.min(down, THREADS / Math.min(across, WARP));
    width = Math.min(across, THREADS / height);
    int steps = (n + width - 1) / width;
    boolean shared = steps >= Math.min(16 * height, 256);
    lanes = new LaneSums(shared ? width * height : width, VECTOR, calc);
    lanesFor = n;
  }

  /** The largest power of two that is not above the value, nor above the threads of a block. */
  private static int powerBelow(long value) {
    return (int) Long.highestOneBit(Math.clamp(value, 1, THREADS));
  }

  /**
   * The terms from the row's first aligned one on, four to a lane; those before it and those left
   * over at the end one to a lane.
   *
   * @param past how far the row's first term lies past an aligned one
   */
  private void vectors(Terms terms, int n, int past) {
    int head = past == 0 ? 0 : VECTOR - past;
    lanes.add(past, terms, 0, head);
    int end = head + (n - head) / VECTOR * VECTOR;
    lanes.deal(terms, head, end, VECTOR);
    lanes.add(0, terms, end, n);
  }
}
