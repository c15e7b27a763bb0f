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
  /** The whole prompt at once, keys and values as computed. */
  public static final CacheOptions FRESH = new CacheOptions(Optional.empty(), Optional.empty());
}
