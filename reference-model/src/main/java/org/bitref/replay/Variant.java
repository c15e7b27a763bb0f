package org.bitref.replay;

import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleFunction;
import org.bitref.diagnose.OtherFunction;

/**
 * One change of the model's function.
 *
 * @param stages last parts of the names of the stages that it changes
 * @param dial of a change with a number that may be any
 */
record Variant(OtherFunction function, Set<String> stages, Rule rule, Optional<Dial> dial) {
  /** What a changed stage computes. */
  @FunctionalInterface
  interface Rule {
    Rows apply(Step step);
  }

  /**
   * The number of a change.
   *
   * @param value above 0
   * @param at the change with another number
   */
  record Dial(double value, DoubleFunction<Variant> at) {}

  Variant {
    stages = Set.copyOf(stages);
  }

  Variant(OtherFunction function, Set<String> stages, Rule rule) {
    this(function, stages, rule, Optional.empty());
  }

  /** This change with its number, and how to make it with others. */
  static Variant dialled(double value, DoubleFunction<Variant> at) {
    Variant one = at.apply(value);
    return new Variant(one.function, one.stages, one.rule, Optional.of(new Dial(value, at)));
  }

  boolean changes(String last) {
    return stages.contains(last);
  }

  /** True if its number was taken from the results themselves, which it fits by that alone. */
  boolean isFitted() {
    return function instanceof OtherFunction.Scaled;
  }

  /** True if both change the same stages, but for a number in the same way. */
  boolean isAkin(Variant other) {
    return stages.equals(other.stages)
        && (function.equals(other.function)
            || (dial.isPresent()
                && other.dial.isPresent()
                && function.getClass() == other.function.getClass()));
  }

  /** This change as the other has it. */
  Variant as(Variant other) {
    return dial.isEmpty() || other.dial.isEmpty()
        ? this
        : dialled(other.dial.get().value(), dial.get().at());
  }
}
