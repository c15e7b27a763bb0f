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

  /**
   * Elements that are this far apart.
   *
   * @param low the least distance in ULP
   * @param high the largest; {@link Long#MAX_VALUE} if there is none
   */
  public record Bucket(long low, long high, long count) {
    /** The distances, for example {@code 5-8}. */
    public String ulp() {
      if (low == high) {
        return Long.toString(low);
      }
      return high == Long.MAX_VALUE ? ">" + (low - 1) : low + "-" + high;
    }
  }

  /** The buckets that are not empty. */
  public List<Bucket> buckets() {
    return IntStream.range(0, counts.size())
        .filter(i -> counts.get(i) > 0)
        .mapToObj(i -> new Bucket(low(i), high(i), counts.get(i)))
        .toList();
  }

  static int bucket(long ulp) {
    if (ulp <= 1) {
      return (int) ulp;
    }
    return Math.min(65 - Long.numberOfLeadingZeros(ulp - 1), BUCKETS - 1);
  }

  static long low(int bucket) {
    return bucket < 2 ? bucket : (1L << (bucket - 2)) + 1;
  }

  static long high(int bucket) {
    if (bucket < 2) {
      return bucket;
    }
    return bucket == BUCKETS - 1 ? Long.MAX_VALUE : 1L << (bucket - 1);
  }
}
