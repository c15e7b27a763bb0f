package org.bitref.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import org.bitref.diagnose.OtherFunction;
import org.bitref.diagnose.OtherFunction.Grid;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.diagnose.OtherFunction.Narrowed;
import org.bitref.diagnose.OtherFunction.Operand;
import org.bitref.search.SimpleNumber;

/** Other results of a target, with numbers that its stored values tell. */
final class ResultVariants {
  /** Tokens of a page of a cache, as most servers have them. */
  private static final int PAGE = 16;

  private ResultVariants() {}

  /**
   * @param model what the model computes
   */
  static List<Variant> of(String last, Rows stored, Rows model) {
    Set<String> one = Set.of(last);
    List<Variant> variants = new ArrayList<>();
    double size = model.dot(model);
    double share = size == 0 ? 0 : stored.dot(model) / size;
    double factor = Double.isFinite(share) ? SimpleNumber.rounded(share, 3) : 0;
    if (factor > 0) {
      variants.add(
          Variant.dialled(
              factor,
              value ->
                  new Variant(
                      new OtherFunction.Scaled(value),
                      one,
                      step -> step.normal().map(x -> value * x))));
    }
    largest(stored)
        .ifPresent(
            at ->
                variants.add(
                    new Variant(
                        new OtherFunction.Clamped(at),
                        one,
                        step -> step.normal().map(x -> Math.clamp(x, -at, at)))));
    return variants;
  }

  /** The largest magnitude, if several values have it. */
  private static OptionalDouble largest(Rows stored) {
    double most = 0;
    int times = 0;
    for (double value : stored.values()) {
      double size = Math.abs(value);
      times = size > most ? 1 : size == most ? times + 1 : times;
      most = Math.max(most, size);
    }
    return times > 2 && most > 0 ? OptionalDouble.of(most) : OptionalDouble.empty();
  }

  /**
   * An input of an activation or product cut off.
   *
   * @param most its largest magnitude
   */
  static List<Variant> clampedInput(String last, int place, double most) {
    List<Variant> variants = new ArrayList<>();
    Set<String> one = Set.of(last);
    for (double at = most / 2; at > most / 64; at /= 2) {
      variants.add(
          Variant.dialled(
              at,
              value ->
                  new Variant(
                      new OtherFunction.InputClamped(value),
                      one,
                      step -> on(step, place, x -> Math.clamp(x, -value, value)))));
      variants.add(
          Variant.dialled(
              at,
              value ->
                  new Variant(
                      new OtherFunction.InputCapped(value),
                      one,
                      step -> on(step, place, x -> Math.min(x, value)))));
    }
    return variants;
  }

  private static Rows on(Step step, int place, DoubleUnaryOperator change) {
    return step.with(place, step.in(place).map(change)).normal();
  }

  /** What caches keep in fewer bits. */
  static List<Variant> narrowed(Set<String> caches) {
    List<Variant> variants = new ArrayList<>();
    for (Grid grid : Grid.values()) {
      variants.add(
          new Variant(
              new Narrowed(Operand.RESULT, grid),
              caches,
              step -> ProductVariants.on(step.normal(), grid)));
    }
    return variants;
  }

  /** What a cache keeps: in fewer bits, of other tokens or of other heads. */
  static List<Variant> cached(String last, int sequence) {
    Set<String> one = Set.of(last);
    List<Variant> variants = new ArrayList<>(narrowed(one));
    Known late = last.equals("v") ? Known.VALUES_LATE : Known.KEYS_LATE;
    variants.add(new Variant(late, one, step -> step.normal().later(1, sequence)));
    variants.add(new Variant(late, one, step -> step.normal().laterButFirst(sequence)));
    variants.addAll(Turn.results(one));
    return variants;
  }

  /** Caches that have lost a page of tokens. */
  static List<Variant> paged(Set<String> caches, int sequence) {
    List<Variant> variants = new ArrayList<>();
    for (int from = 0; from < sequence; from += PAGE) {
      int first = from;
      int tokens = Math.min(PAGE, sequence - first);
      variants.add(
          new Variant(
              new OtherFunction.Held(first, tokens, Optional.empty(), 1, 1),
              caches,
              step -> step.normal().without(first, tokens, sequence)));
    }
    return variants;
  }
}
