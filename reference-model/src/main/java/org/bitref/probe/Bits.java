package org.bitref.probe;

import org.bitref.numerics.Format;

/** Comparison of stored results. */
final class Bits {
  private Bits() {}

  /** True if the bits are equal, or both are a NaN. */
  static boolean same(long a, long b, Format format) {
    return a == b || (Double.isNaN(format.decode(a)) && Double.isNaN(format.decode(b)));
  }
}
