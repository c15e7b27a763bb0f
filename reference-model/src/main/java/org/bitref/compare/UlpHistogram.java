package org.bitref.compare;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How many elements differ by how many representable numbers.
 *
 * @param counts per bucket: 0, 1, 2, 3–4, 5–8, …, each up to a power of two; the last one holds
 *     everything beyond 2^{@value #LAST_POWER}, a NaN against a number included
 */
public record UlpHistogram(List<Long> counts) {
  /** The last bounded bucket ends here, as a power of two. */
  static final int LAST_POWER = 16;

  static final int BUCKETS = LAST_POWER + 3;

  /** Copies the list. */
  public UlpHistogram {
    counts = List.copyOf(counts);
  }

  static UlpHistogram of(long[] counts) {
    return new UlpHistogram(Arrays.stream(counts).boxed().toList());
  }

  /** Elements that are as far apart as {@code ulp} says. */
  public record Bucket(String ulp, long count) {}

  /** The buckets that are not empty. */
  public List<Bucket> buckets() {
    return IntStream.range(0, counts.size())
        .filter(i -> counts.get(i) > 0)
        .mapToObj(i -> new Bucket(label(i), counts.get(i)))
        .toList();
  }

  static int bucket(long ulp) {
    if (ulp <= 1) {
      return (int) ulp;
    }
    return Math.min(65 - Long.numberOfLeadingZeros(ulp - 1), BUCKETS - 1);
  }

  /** What bucket {@code i} holds, for example {@code 5-8}. */
  public static String label(int i) {
    if (i <= 2) {
      return Integer.toString(i);
    }
    if (i == BUCKETS - 1) {
      return ">" + (1L << LAST_POWER);
    }
    return ((1L << (i - 2)) + 1) + "-" + (1L << (i - 1));
  }
}
