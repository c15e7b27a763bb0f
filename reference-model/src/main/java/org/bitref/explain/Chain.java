package org.bitref.explain;

import java.util.List;
import java.util.Optional;

/**
 * How the difference of a pair of systems comes about.
 *
 * @param firstDifference the first stage with an unequal output; empty if all are equal
 * @param start the first stage whose relative difference reaches a tenth of the largest one; empty
 *     if all are equal
 * @param amplifiers stages that enlarge what they inherit most, the largest first
 */
public record Chain(
    String a,
    String b,
    Optional<String> firstDifference,
    Optional<String> start,
    List<Amplifier> amplifiers) {

  /** The list is copied. */
  public Chain {
    amplifiers = List.copyOf(amplifiers);
  }

  /**
   * A stage.
   *
   * @param growth of the difference, as numbers
   * @param gain relative to the size of the values
   */
  public record Amplifier(String stage, double growth, double gain) {}
}
