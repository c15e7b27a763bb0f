package org.bitref.kernel.spec;

import java.util.List;

/** The terms that one accumulator sees, in this order. */
public record Run(List<KRange> ranges) {
  /** The list is copied. */
  public Run {
    ranges = List.copyOf(ranges);
  }

  public static Run of(int from, int to) {
    return new Run(List.of(new KRange(from, to)));
  }

  /** How many terms. */
  public int length() {
    return ranges.stream().mapToInt(KRange::length).sum();
  }
}
