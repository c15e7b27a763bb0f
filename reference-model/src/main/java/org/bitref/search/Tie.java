package org.bitref.search;

import java.util.Map;
import org.bitref.numerics.Format;
import org.bitref.recipe.StageRecipe;

/**
 * One of several classes of recipes that reproduce a capture and are different functions.
 *
 * @param recipe the simplest member of the class
 * @param input the cheapest distinguishing input
 */
public record Tie(StageRecipe recipe, Input input) {
  /** On what the results of a class differ from those of the others. */
  public sealed interface Input {}

  /**
   * A row x, zero but for these elements, against a column of ones.
   *
   * @param x by place
   * @param bits the result of the class
   * @param others that of the others
   */
  public record Terms(Map<Integer, Double> x, Format format, long bits, long others)
      implements Input {}

  /**
   * One number.
   *
   * @param bits the same as it is stored
   */
  public record Point(double x, long bits) implements Input {}

  /**
   * Random inputs of the same shape.
   *
   * @param differing outputs that differ
   * @param total all outputs
   */
  public record Random(long differing, long total) implements Input {}

  /**
   * Random rows of a norm, if its output is float32.
   *
   * @param differing rows that differ
   * @param total all rows
   * @param width elements of a row
   */
  public record Rows(int differing, int total, int width) implements Input {}

  /** Without figures. */
  public enum Other implements Input {
    /** The class that the others are compared with. */
    FIRST,
    /** Weights of a norm that are not 1. */
    WEIGHTS,
    /** Scales that are no powers of two: they are applied at other places. */
    SCALES,
    /** Whatever a probe asks of the device at this shape. */
    PROBE,
    /** None was found: it may be the same function. */
    UNKNOWN
  }
}
