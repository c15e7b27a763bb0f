package org.bitref.cli.console;

import java.util.List;
import org.bitref.compare.UlpHistogram;

/**
 * A bar of a histogram as JSON has it: {@code {"ulp": [5, 8], "count": 17}}.
 *
 * @param ulp the least and the largest distance, see {@link Json#ulps}
 */
public record UlpBucket(List<Object> ulp, long count) {

  /** The bars that are not empty. */
  public static List<UlpBucket> of(UlpHistogram histogram) {
    return histogram.buckets().stream()
        .map(b -> new UlpBucket(List.of(Json.ulps(b.low()), Json.ulps(b.high())), b.count()))
        .toList();
  }
}
