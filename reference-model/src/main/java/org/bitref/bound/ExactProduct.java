package org.bitref.bound;

import java.util.function.IntUnaryOperator;

/**
 * What the exact product is, and what bounds its rounding errors: per output, row-major.
 *
 * @param exact the sum in double, c and bias included
 * @param range how far apart two partial sums in the order of K lie (zero is one of them), taken
 *     every {@link ProductSums#GRANULE} terms: no sum over consecutive granules is larger
 * @param granule the largest Σq of a granule
 * @param sum Σq + |c| + |bias|. q is |x·w|, where a subnormal factor counts as its format's least
 *     power: what decides the exponent of a fused step
 */
public record ExactProduct(
    int rows, int columns, double[] exact, double[] range, double[] granule, double[] sum) {

  /** Every magnitude times a factor. */
  public ExactProduct scaled(double factor) {
    double magnitude = Math.abs(factor);
    return new ExactProduct(
        rows,
        columns,
        times(exact, factor),
        times(range, magnitude),
        times(granule, magnitude),
        times(sum, magnitude));
  }

  private static double[] times(double[] values, double factor) {
    double[] result = new double[values.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = values[i] * factor;
    }
    return result;
  }

  /** Another order of elements: output i is what {@code from} of i is here, or NaN below 0. */
  public ExactProduct moved(int newRows, int newColumns, IntUnaryOperator from) {
    int n = newRows * newColumns;
    int[] at = new int[n];
    for (int i = 0; i < n; i++) {
      at[i] = from.applyAsInt(i);
    }
    return new ExactProduct(
        newRows,
        newColumns,
        taken(exact, at),
        taken(range, at),
        taken(granule, at),
        taken(sum, at));
  }

  private static double[] taken(double[] values, int[] at) {
    double[] result = new double[at.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = at[i] < 0 ? Double.NaN : values[at[i]];
    }
    return result;
  }

  /** Output i is what {@code from} of i is in another product; where that is below 0, as here. */
  public ExactProduct replaced(ExactProduct other, IntUnaryOperator from) {
    return new ExactProduct(
        rows,
        columns,
        mixed(exact, other.exact, from),
        mixed(range, other.range, from),
        mixed(granule, other.granule, from),
        mixed(sum, other.sum, from));
  }

  private static double[] mixed(double[] here, double[] other, IntUnaryOperator from) {
    double[] result = here.clone();
    for (int i = 0; i < result.length; i++) {
      int at = from.applyAsInt(i);
      result[i] = at < 0 ? here[i] : other[at];
    }
    return result;
  }

  /** Row m is what row {@code map[m]} is here. */
  public ExactProduct rowsMoved(int[] map) {
    return moved(
        rows, columns, i -> map[i / columns] < 0 ? -1 : map[i / columns] * columns + i % columns);
  }

  /** Column n is what column {@code map[n]} is here. */
  public ExactProduct columnsMoved(int[] map) {
    return moved(
        rows, columns, i -> map[i % columns] < 0 ? -1 : i / columns * columns + map[i % columns]);
  }

  /** For a square one. */
  public ExactProduct transposed() {
    return moved(columns, rows, i -> i % rows * columns + i / rows);
  }
}
