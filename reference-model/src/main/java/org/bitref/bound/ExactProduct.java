package org.bitref.bound;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

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
    return Arrays.stream(values).map(value -> value * factor).toArray();
  }

  /** Another order of elements: output i is what {@code from} of i is here, or NaN below 0. */
  public ExactProduct moved(int newRows, int newColumns, IntUnaryOperator from) {
    int n = newRows * newColumns;
    int[] at = IntStream.range(0, n).map(from).toArray();
    return new ExactProduct(
        newRows,
        newColumns,
        taken(exact, n, i -> at[i]),
        taken(range, n, i -> at[i]),
        taken(granule, n, i -> at[i]),
        taken(sum, n, i -> at[i]));
  }

  static double[] taken(double[] values, int n, IntUnaryOperator from) {
    double[] result = new double[n];
    for (int i = 0; i < n; i++) {
      int at = from.applyAsInt(i);
      result[i] = at < 0 ? Double.NaN : values[at];
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
