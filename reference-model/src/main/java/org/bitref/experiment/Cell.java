package org.bitref.experiment;

/** A cell of the matrix, finished. */
public record Cell(Planned planned, Difference difference) {
  /**
   * A cell before it is computed.
   *
   * @param recipe what the hypothesis says of the stage
   * @param key SHA-256 over everything that the difference depends on, in hexadecimal
   */
  public record Planned(
      String system, String stage, String hypothesis, String recipe, String key) {}
}
