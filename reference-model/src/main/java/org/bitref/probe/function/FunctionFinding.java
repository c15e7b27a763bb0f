package org.bitref.probe.function;

import java.util.List;
import java.util.Optional;

/**
 * What is known of a function of a device.
 *
 * @param name the function, or one of its variants
 * @param recipe name or text of what gives every result, if something known does
 * @param same other names of the same function, as far as was tried
 * @param ties what gives every result as well but differs on other inputs
 * @param total results compared
 * @param differences if nothing known gives every result, how it differs from what an H100 computes
 *     and from what is nearest
 */
public record FunctionFinding(
    String name,
    Verdict verdict,
    Optional<String> recipe,
    List<String> same,
    List<String> ties,
    long total,
    List<Difference> differences) {
  /** How far the search came. */
  public enum Verdict {
    /** One known function gives every result. */
    DECODED,
    /** Several do. */
    AMBIGUOUS,
    /** None does. */
    DIFFERS
  }

  /** The lists are copied. */
  public FunctionFinding {
    same = List.copyOf(same);
    ties = List.copyOf(ties);
    differences = List.copyOf(differences);
  }

  /**
   * How the results differ from those of a known function.
   *
   * @param from its name or text
   * @param h100 true if that is what an H100 computes
   * @param unequal results that differ
   * @param first place and input of the first of them
   * @param gotBits result of the device there
   * @param wantBits result of the known function there
   * @param worstUlp the largest distance of two finite results; NaN counts as farthest
   */
  public record Difference(
      String from,
      boolean h100,
      long unequal,
      String first,
      String gotBits,
      String wantBits,
      long worstUlp) {}

  /** True if it is a stage of a model, with a recipe. */
  public boolean isStage() {
    SpecialFunction function = SpecialFunction.of(name);
    return function == SpecialFunction.SILU || function.isRowwise();
  }
}
