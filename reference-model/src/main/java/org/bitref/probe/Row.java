package org.bitref.probe;

import java.util.List;

/** One output's worth of terms; all products that are not named are zero. */
sealed interface Row {
  /** Which inputs a row is multiplied with. */
  enum Group {
    /** Ones, without bias. */
    MAIN,
    /** The smallest weights. */
    TINY,
    /** Ones, with a bias of one. */
    BIAS
  }

  /** Where it goes. */
  Group group();

  /**
   * A question about the order: +huge at i, -huge at j, and a small term at each ref. The refs that
   * are swallowed are in the sum when i and j meet.
   */
  record Cancel(int i, int j, List<Integer> refs) implements Row {
    @Override
    public Group group() {
      return Group.MAIN;
    }
  }

  /**
   * Terms whose sum depends on how sums are rounded.
   *
   * @param purpose what it is for
   */
  record Terms(Evidence.Purpose purpose, Group group, List<Integer> at, List<Double> values)
      implements Row {}
}
