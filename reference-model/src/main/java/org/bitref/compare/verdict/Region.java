package org.bitref.compare.verdict;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Indices on each of the axes of a {@link Layout}; their product is the region. Sorted. */
record Region(int[][] sets) {

  static Region whole(Layout layout) {
    int[][] sets = new int[Layout.AXES][];
    Arrays.setAll(sets, i -> IntStream.range(0, layout.length(i)).toArray());
    return new Region(sets);
  }

  Region with(int axis, int[] set) {
    int[][] changed = sets.clone();
    changed[axis] = set;
    return new Region(changed);
  }

  int[] set(int axis) {
    return sets[axis];
  }

  long cells() {
    long cells = 1;
    for (int[] set : sets) {
      cells *= set.length;
    }
    return cells;
  }

  boolean isWhole(Layout layout) {
    return cells() == layout.elements();
  }

  boolean isSame(Region other) {
    return Arrays.deepEquals(sets, other.sets);
  }

  /** Positions on each axis of element {@code k} of the region, in its own order. */
  void locate(long k, int[] at) {
    long rest = k;
    for (int axis = sets.length - 1; axis >= 0; axis--) {
      at[axis] = sets[axis][(int) (rest % sets[axis].length)];
      rest /= sets[axis].length;
    }
  }
}
