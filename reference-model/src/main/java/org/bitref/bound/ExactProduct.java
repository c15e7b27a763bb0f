package org.bitref.bound;

import java.util.function.BinaryOperator;
import java.util.function.IntToDoubleFunction;
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
    return scaled(_ -> factor);
  }

  /** Every magnitude times a factor of its own. */
  public ExactProduct scaled(IntToDoubleFunction factor) {
    ExactProduct magnitudes =
        each(this, (here, _) -> times(here, i -> Math.abs(factor.applyAsDouble(i))));
    return new ExactProduct(
        rows, columns, times(exact, factor), magnitudes.range, magnitudes.granule, magnitudes.sum);
  }

  private static double[] times(double[] values, IntToDoubleFunction factor) {
    return IntStream.range(0, values.length)
        .mapToDouble(i -> values[i] * factor.applyAsDouble(i))
        .toArray();
  }

  private ExactProduct each(ExactProduct other, BinaryOperator<double[]> change) {
    return new ExactProduct(
        rows,
        columns,
        change.apply(exact, other.exact),
        change.apply(range, other.range),
        change.apply(granule, other.granule),
        change.apply(sum, other.sum));
  }

  /** Another order of elements: output i is what {@code from} of i is here, or NaN below 0. */
  public ExactProduct moved(IntUnaryOperator from) {
    int[] at = IntStream.range(0, exact.length).map(from).toArray();
    return each(this, (here, _) -> taken(here, i -> at[i]));
  }

  static double[] taken(double[] values, IntUnaryOperator from) {
    double[] result = new double[values.length];
    for (int i = 0; i < result.length; i++) {
      int at = from.applyAsInt(i);
      result[i] = at < 0 ? Double.NaN : values[at];
    }
    return result;
  }

  /** Output i is what {@code from} of i is in another product; where that is below 0, as here. */
  public ExactProduct replaced(ExactProduct other, IntUnaryOperator from) {
    return each(
        other,
        (here, there) -> {
          double[] result = here.clone();
          for (int i = 0; i < result.length; i++) {
            int at = from.applyAsInt(i);
            result[i] = at < 0 ? here[i] : there[at];
          }
          return result;
        });
  }

  /** Row m is what row {@code map[m]} is here. */
  public ExactProduct rowsMoved(int[] map) {
    return moved(i -> map[i / columns] < 0 ? -1 : map[i / columns] * columns + i % columns);
  }

  /** Column n is what column {@code map[n]} is here. */
  public ExactProduct columnsMoved(int[] map) {
    return moved(i -> map[i % columns] < 0 ? -1 : i / columns * columns + map[i % columns]);
  }

  /** Of a square one. */
  public ExactProduct transposed() {
    return moved(i -> i % rows * columns + i / rows);
  }
}
