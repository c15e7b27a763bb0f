package org.bitref.kernel;

import java.util.List;

/** The terms that one accumulator sees, in this order. */
record Run(List<KRange> ranges) {
  Run {
    ranges = List.copyOf(ranges);
  }

  static Run of(int from, int to) {
    return new Run(List.of(new KRange(from, to)));
  }

  int length() {
    return ranges.stream().mapToInt(KRange::length).sum();
  }
}
