package org.bitref.explain;

import java.util.List;

/**
 * The story of one pair of systems.
 *
 * @param firstDifference the first stage with an unequal output; null if all are equal
 * @param start the first stage whose relative difference reaches a tenth of the largest one; null
 *     if all are equal
 * @param amplifiers stages that enlarge what they inherit most, the largest first
 * @param answers questions and what the capture says to them
 */
public record Chain(
    String a,
    String b,
    String firstDifference,
    String start,
    List<Amplifier> amplifiers,
    List<Answer> answers) {

  public Chain {
    amplifiers = List.copyOf(amplifiers);
    answers = List.copyOf(answers);
  }

  /**
   * @param growth of the difference, as numbers
   * @param gain relative to the size of the values
   */
  public record Amplifier(String stage, double growth, double gain) {}

  /** A question and the answer to it. */
  public record Answer(String question, String answer) {}
}
