package org.bitref.explain;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the files hold in another way than expected.
 *
 * @param transposed by file, the stages whose weights are stored [K, N]
 * @param aside by file, names that mean nothing
 */
public record Reading(Map<String, List<String>> transposed, Map<String, List<String>> aside) {
  /** Keeps the maps in their order. */
  public Reading {
    transposed = Collections.unmodifiableMap(new LinkedHashMap<>(transposed));
    aside = Collections.unmodifiableMap(new LinkedHashMap<>(aside));
  }
}
