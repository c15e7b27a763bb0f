package org.bitref.cli.explain;

import java.util.Optional;

/**
 * What somebody should do.
 *
 * @param words without a full stop
 * @param cost what that costs; empty for what is no trade
 */
record Advice(String words, Optional<String> cost) {
  static Advice of(String words) {
    return new Advice(words, Optional.empty());
  }

  /** In sentences. */
  String text() {
    return words + "." + cost.map(price -> " Cost: " + price + ".").orElse("");
  }
}
