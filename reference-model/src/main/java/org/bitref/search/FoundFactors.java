package org.bitref.search;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Factors of a product's outputs that were not given.
 *
 * @param by what shares one
 * @param factors in the order of rows or columns, those that the outputs tell
 */
public record FoundFactors(By by, List<Factor> factors) {
  /** The list is copied. */
  public FoundFactors {
    factors = List.copyOf(factors);
  }

  /** What shares a factor. */
  public enum By {
    /** All outputs. */
    TENSOR,
    /** A row of y. */
    ROW,
    /** A column of y. */
    COLUMN;

    /** The indices of the outputs that share each factor. */
    List<int[]> outputs(int rows, int columns) {
      IntStream all = IntStream.range(0, Math.multiplyExact(rows, columns));
      return switch (this) {
        case TENSOR -> List.of(all.toArray());
        case ROW ->
            IntStream.range(0, rows)
                .mapToObj(m -> IntStream.range(m * columns, (m + 1) * columns).toArray())
                .toList();
        case COLUMN ->
            IntStream.range(0, columns)
                .mapToObj(n -> IntStream.range(0, rows).map(m -> m * columns + n).toArray())
                .toList();
      };
    }
  }

  /**
   * One factor: every float32 from one to another gives the captured outputs under the first of the
   * recipes that were found.
   *
   * @param index of the row or column
   * @param simple the simplest number among them
   * @param least the one of least magnitude
   * @param most the one of most magnitude
   */
  public record Factor(int index, SimpleNumber simple, float least, float most) {}
}
