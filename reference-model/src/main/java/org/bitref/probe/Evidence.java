package org.bitref.probe;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoublePredicate;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.bitref.kernel.spec.AdditionTree;
import org.bitref.probe.Row.Terms;
import org.bitref.recipe.GemmRecipe;

/**
 * What a decoded recipe rests on.
 *
 * @param lost when terms 0 and 1 cancel, the terms from 2 to this one are lost; 1 if none is
 * @param runs accumulators of a slice
 * @param slices in which K is cut
 * @param starts where sums begin anew
 * @param rounded for each kind of rounding an answer that an exact sum would not have given
 * @param subnormal the answer to the smallest operand
 * @param nan the answer to a NaN
 */
public record Evidence(
    int lost,
    int runs,
    int slices,
    List<Integer> starts,
    Map<Purpose, Example> rounded,
    Optional<Example> subnormal,
    Optional<Example> nan) {
  /** What is rounded. */
  public enum Purpose {
    /** Products, as they are aligned in a step. */
    ALIGNMENT,
    /** A product alone. */
    PRODUCT,
    /** The accumulator. */
    ACCUMULATOR,
    /** Partial sums. */
    PARTIAL,
    /** The result. */
    RESULT,
    /** What lies near the least exponent. */
    LEAST
  }

  /**
   * An answer.
   *
   * @param at places of the terms
   * @param terms what they are
   * @param bits the answer as it is stored
   */
  public record Example(List<Integer> at, List<Double> terms, double answer, long bits) {}

  static Evidence of(Answers answers, int column, GemmRecipe recipe) {
    Probe probe = answers.probe();
    int k = probe.setup().k();
    AdditionTree tree = AdditionTree.of(recipe, k, probe.setup().n());
    Map<Purpose, Example> rounded = new EnumMap<>(Purpose.class);
    for (Purpose purpose : Purpose.values()) {
      first(answers, column, r -> terms(probe, r, purpose) && isRounded(answers, column, r))
          .ifPresent(example -> rounded.put(purpose, example));
    }
    double least = probe.inputFormat().minSubnormal();
    return new Evidence(
        IntStream.range(2, k).filter(p -> !tree.meets(0, 1, p)).findFirst().orElse(k) - 1,
        tree.runs(),
        tree.slices(),
        List.copyOf(tree.starts()),
        rounded,
        first(answers, column, r -> isAlone(probe.rows().get(r), value -> value == least)),
        first(answers, column, r -> isAlone(probe.rows().get(r), Double::isNaN)));
  }

  private static boolean terms(Probe probe, int r, Purpose purpose) {
    return probe.rows().get(r) instanceof Terms terms && terms.purpose() == purpose;
  }

  private static boolean isAlone(Row row, DoublePredicate which) {
    return row instanceof Terms terms
        && terms.at().size() == 1
        && which.test(terms.values().getFirst());
  }

  private static boolean isRounded(Answers answers, int column, int r) {
    double exact = 0;
    for (double product : answers.probe().products(answers.probe().rows().get(r))) {
      exact += product;
    }
    return answers.value(r, column) != exact && Double.isFinite(exact);
  }

  private static Optional<Example> first(Answers answers, int column, IntPredicate which) {
    List<Row> rows = answers.probe().rows();
    return IntStream.range(0, rows.size())
        .filter(which)
        .boxed()
        .findFirst()
        .map(r -> example((Terms) rows.get(r), answers.value(r, column), answers.bits(r, column)));
  }

  private static Example example(Terms terms, double answer, long bits) {
    return new Example(terms.at(), terms.values(), answer, bits);
  }
}
