package org.bitref.replay;

import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleFunction;
import java.util.function.IntFunction;
import org.bitref.diagnose.OtherFunction;

/**
 * One change of the model's function, or of how it rounds.
 *
 * @param function empty where two right implementations may differ so
 * @param stages last parts of the names of the stages that it changes
 * @param dial of a change with a number that may be any
 */
record Variant(
    Optional<OtherFunction> function, Set<String> stages, Rule rule, Optional<Dial> dial) {
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
   * @param whole true for whole numbers
   */
  record Dial(double value, DoubleFunction<Variant> at, boolean whole) {}

  Variant {
    stages = Set.copyOf(stages);
  }

  Variant(OtherFunction function, Set<String> stages, Rule rule) {
    this(Optional.of(function), stages, rule, Optional.empty());
  }

  /** The model's function, rounded in other places. */
  static Variant rounding(Set<String> stages, Rule rule) {
    return new Variant(Optional.empty(), stages, rule, Optional.empty());
  }

  /** This change with its number, and how to make it with others. */
  static Variant dialled(double value, DoubleFunction<Variant> at) {
    return dialled(new Dial(value, at, false));
  }

  /** The same of a whole number. */
  static Variant counted(int value, IntFunction<Variant> at) {
    return dialled(new Dial(value, x -> at.apply((int) Math.rint(x)), true));
  }

  private static Variant dialled(Dial dial) {
    Variant one = dial.at.apply(dial.value);
    return new Variant(one.function, one.stages, one.rule, Optional.of(dial));
  }

  /** This change with another number. */
  Variant at(double value) {
    Dial known = dial.orElseThrow();
    return dialled(new Dial(value, known.at, known.whole));
  }

  boolean changes(String last) {
    return stages.contains(last);
  }

  /** True if it was taken from the results themselves, which it fits by that alone. */
  boolean isFitted() {
    return function.filter(Variant::isFitted).isPresent();
  }

  private static boolean isFitted(OtherFunction function) {
    return function instanceof OtherFunction.Scaled
        || function instanceof OtherFunction.Clamped
        || function instanceof OtherFunction.Heads
        || function instanceof OtherFunction.Held
        || function instanceof OtherFunction.LowRank
        || function instanceof OtherFunction.WeightElement
        || function instanceof OtherFunction.NormWeight
        || function instanceof OtherFunction.TokenIds;
  }

  /** True if both change the same stages, but for a number in the same way. */
  boolean isAkin(Variant other) {
    return stages.equals(other.stages)
        && (function.equals(other.function)
            || (dial.isPresent() && other.dial.isPresent() && kind().equals(other.kind())));
  }

  /** The type of its function. */
  Optional<Class<?>> kind() {
    return function.map(OtherFunction::getClass);
  }

  /** This change as the other has it. */
  Variant as(Variant other) {
    return dial.isEmpty() || other.dial.isEmpty() ? this : at(other.dial.get().value());
  }
}
