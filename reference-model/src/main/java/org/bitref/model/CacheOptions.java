package org.bitref.model;

import java.util.Optional;
import org.bitref.numerics.Format;

/**
 * How attention meets the cache.
 *
 * @param chunk queries that are prefilled at a time; empty for the whole prompt at once
 * @param readBack format that keys and values pass through between cache and attention; empty for
 *     the recipe's own
 */
public record CacheOptions(Optional<Integer> chunk, Optional<Format> readBack) {
  /**
   * @throws IllegalArgumentException for a chunk of less than one query
   */
  public CacheOptions {
    if (chunk.isPresent() && chunk.get() < 1) {
      throw new IllegalArgumentException("chunk must be at least 1, not " + chunk.get());
    }
  }

  /** The whole prompt at once, keys and values as computed. */
  public static final CacheOptions FRESH = new CacheOptions(Optional.empty(), Optional.empty());
}
