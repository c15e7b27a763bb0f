package org.bitref.compare.verdict;

import java.util.Arrays;
import java.util.function.LongToDoubleFunction;

/**
 * Elements of a region: all, or {@value #MOST} that lie spread over it, by multiples of the golden
 * ratio, so that no row or column is met more often than others.
 *
 * @param index of each element
 * @param at its place on each axis
 */
record Sample(long[] index, int[][] at) {
  private static final int MOST = 1 << 13;
  private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

  static Sample of(Layout layout, Region region) {
    return of(layout, region, MOST);
  }

  static Sample of(Layout layout, Region region, int most) {
    long cells = region.cells();
    int n = (int) Math.min(most, cells);
    long[] index = new long[n];
    int[][] at = new int[n][Layout.AXES];
    for (int i = 0; i < n; i++) {
      double turn = i * GOLDEN;
      region.locate(cells == n ? i : (long) ((turn - Math.floor(turn)) * cells), at[i]);
      for (int axis = 0; axis < Layout.AXES; axis++) {
        index[i] = index[i] * layout.length(axis) + at[i][axis];
      }
    }
    return new Sample(index, at);
  }

  int n() {
    return index.length;
  }

  /** A number for each element, by its index. */
  double[] map(LongToDoubleFunction of) {
    return Arrays.stream(index).mapToDouble(of).toArray();
  }
}
