package org.bitref.captures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.bitref.tensor.Tensor;

/** How many elements of a captured stage a recipe reproduces. */
record Reproduced(String system, String stage, String recipe, long equal, long total) {

  /** Compares bit for bit, except that NaN equals NaN. */
  static Reproduced of(
      String system, String stage, String recipe, Tensor captured, Tensor computed) {
    assertEquals(captured.dtype(), computed.dtype(), stage);
    assertEquals(captured.elements(), computed.elements(), stage);
    long equal = 0;
    for (long i = 0; i < captured.elements(); i++) {
      boolean same = captured.bits(i) == computed.bits(i);
      equal += same || (Double.isNaN(captured.get(i)) && Double.isNaN(computed.get(i))) ? 1 : 0;
    }
    return new Reproduced(system, stage, recipe, equal, captured.elements());
  }

  /** The same stage of several layers as one. */
  Reproduced plus(Reproduced other) {
    return new Reproduced(system, stage, recipe, equal + other.equal, total + other.total);
  }

  /** A line of a Markdown table. */
  String line() {
    return String.format(
        "| %s | %s | `%s` | %s / %s |\n", system, stage, recipe.replace("|", "\\|"), equal, total);
  }
}
