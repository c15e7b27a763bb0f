package org.bitref.diagnose;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.bitref.operation.Norm;
import org.bitref.recipe.NormRecipe;
import org.bitref.search.Identification;

/**
 * What a system computes where it does not compute what the model says. No rounding: two right
 * implementations of one model have the same function.
 */
public sealed interface OtherFunction {
  /** What needs no figures. */
  enum Known implements OtherFunction {
    /** A norm's epsilon is added to the root, not to the mean square. */
    EPSILON_OUTSIDE_THE_ROOT,
    /** A norm multiplies by 1 + w, not by w. */
    ONE_PLUS_WEIGHT,
    /** x Φ(x) in place of silu. */
    GELU,
    /** Its approximation by a hyperbolic tangent. */
    GELU_TANH,
    /** max(x, 0) in place of silu. */
    RELU,
    /** x times a logistic function of 1.702 x. */
    QUICK_GELU,
    /** The activation left out. */
    NOT_ACTIVATED,
    /** The second term of a sum, a visual feature for instance, was not added. */
    NOT_ADDED
  }

  /** A norm's epsilon. */
  record Epsilon(double used, double model) implements OtherFunction {}

  /** Attention that sees this many keys at most, the query's own included. */
  record Window(int keys) implements OtherFunction {}

  /**
   * A product to every column of which a number is added: a bias that the capture does not hold.
   *
   * @param least it may be, by column
   * @param most it may be
   */
  record Bias(List<Double> least, List<Double> most) implements OtherFunction {
    /** The lists are copied. */
    public Bias {
      least = List.copyOf(least);
      most = List.copyOf(most);
    }

    /** Columns whose number is not 0. */
    public long columns() {
      return IntStream.range(0, least.size())
          .filter(i -> least.get(i) > 0 || most.get(i) < 0)
          .count();
    }

    private boolean agrees(Bias other) {
      return least.size() == other.least.size()
          && IntStream.range(0, least.size())
              .allMatch(
                  i -> least.get(i) <= other.most.get(i) && other.least.get(i) <= most.get(i));
    }
  }

  /**
   * A rotary table of other angles.
   *
   * @param base of the frequencies, and the model's
   * @param axes which position each frequency follows
   * @param late how much larger positions are than the ids
   */
  record Rotary(double base, double model, RotaryFunction.Axes axes, int late)
      implements OtherFunction {}

  /** True if both sets of changes may be one function. */
  static boolean same(Set<OtherFunction> a, Set<OtherFunction> b) {
    return a.size() == b.size()
        && a.stream().allMatch(one -> b.stream().anyMatch(other -> same(one, other)));
  }

  private static boolean same(OtherFunction a, OtherFunction b) {
    return (a instanceof Bias bias && b instanceof Bias other) ? bias.agrees(other) : a.equals(b);
  }

  /**
   * What the recipes that reproduce a norm say of its function; empty if one of them computes the
   * model's, or if none reproduces it.
   */
  static Set<OtherFunction> ofNorm(Identification found, Norm norm) {
    Optional<NormRecipe> first = Optional.empty();
    for (Identification.Match match : found.best()) {
      if (match.equal() == found.total() && match.recipe() instanceof NormRecipe recipe) {
        if (changes(recipe, norm).isEmpty()) {
          return Set.of();
        }
        first = first.or(() -> Optional.of(recipe));
      }
    }
    return first.map(recipe -> changes(recipe, norm)).orElse(Set.of());
  }

  private static Set<OtherFunction> changes(NormRecipe recipe, Norm norm) {
    Set<OtherFunction> changes = new LinkedHashSet<>();
    recipe
        .eps()
        .filter(eps -> eps != norm.eps())
        .ifPresent(eps -> changes.add(new Epsilon(eps, norm.eps())));
    if (recipe.place() == NormRecipe.Place.OUTSIDE) {
      changes.add(Known.EPSILON_OUTSIDE_THE_ROOT);
    }
    if (recipe.form() == NormRecipe.Form.GEMMA) {
      changes.add(Known.ONE_PLUS_WEIGHT);
    }
    return changes;
  }
}
