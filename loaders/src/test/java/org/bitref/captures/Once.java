package org.bitref.captures;

import java.util.List;
import java.util.function.Supplier;

/** Comparisons that take long and that several tests look at: made when the first one does. */
final class Once {
  private final Supplier<List<Reproduced>> comparisons;
  private List<Reproduced> rows;

  Once(Supplier<List<Reproduced>> comparisons) {
    this.comparisons = comparisons;
  }

  /** Throws what making them throws, each time anew: an assumption, say, skips every test. */
  synchronized List<Reproduced> rows() {
    if (rows == null) {
      rows = List.copyOf(comparisons.get());
    }
    return rows;
  }
}
