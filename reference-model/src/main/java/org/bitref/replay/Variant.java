package org.bitref.replay;

import java.util.Set;
import org.bitref.diagnose.OtherFunction;

/**
 * One change of the model's function.
 *
 * @param stages last parts of the names of the stages that it changes
 */
record Variant(OtherFunction function, Set<String> stages, Rule rule) {
  /** What a changed stage computes. */
  @FunctionalInterface
  interface Rule {
    Rows apply(Step step);
  }

  Variant {
    stages = Set.copyOf(stages);
  }

  boolean changes(String last) {
    return stages.contains(last);
  }
}
