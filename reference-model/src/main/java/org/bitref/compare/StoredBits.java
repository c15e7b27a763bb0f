package org.bitref.compare;

import org.bitref.numerics.Format;
import org.bitref.tensor.Tensor;

/** Equality of stored elements. */
public final class StoredBits {
  private StoredBits() {}

  /** True if two stored words are equal, or both NaN. */
  public static boolean same(Format format, long a, long b) {
    return a == b || (Double.isNaN(format.decode(a)) && Double.isNaN(format.decode(b)));
  }

  /** How many elements are equal in bits, or both NaN. */
  public static long equal(Tensor a, Tensor b) {
    if (a.isSame(b)) {
      return a.elements();
    }
    long equal = 0;
    for (long i = 0; i < a.elements(); i++) {
      equal += equal(a, b, i) ? 1 : 0;
    }
    return equal;
  }

  /** The first element that is unequal; -1 if there is none. */
  public static long firstUnequal(Tensor a, Tensor b) {
    for (long i = 0; i < a.elements(); i++) {
      if (!equal(a, b, i)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean equal(Tensor a, Tensor b, long i) {
    return a.bits(i) == b.bits(i) || (Double.isNaN(a.get(i)) && Double.isNaN(b.get(i)));
  }
}
