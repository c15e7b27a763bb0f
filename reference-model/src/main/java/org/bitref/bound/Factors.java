package org.bitref.bound;

import java.util.Arrays;
import java.util.Optional;
import org.bitref.kernel.OperandScale;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.operation.Product;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.Widened;

/**
 * The factors of a product as doubles, as they enter the multiplication.
 *
 * @param c [rows, columns]
 * @param bias [columns]
 * @param rounding what was done to x and w
 */
public record Factors(
    Rows left,
    Rows right,
    int depth,
    Optional<double[]> c,
    Optional<double[]> bias,
    InputRounding rounding) {

  /**
   * One factor.
   *
   * @param values [n, depth]
   * @param least the power of a subnormal value: in a fused dot-add its exponent counts as this one
   */
  record Rows(double[] values, int n, double least) {
    private static Rows of(Tensor tensor, int n, Optional<OperandScale> scale) {
      double least = Math.scalb(1.0, Widened.format(tensor).emin());
      return scale
          .map(s -> new Rows(s.applied(tensor, DType.F64).toDoubles(), n, least * s.largest()))
          .orElseGet(() -> new Rows(tensor.toDoubles(), n, least));
    }

    private Rows rounded(InputRounding how) {
      double floor = Math.scalb(1.0, how.format().emin());
      return new Rows(how.apply(values), n, Math.max(least, floor));
    }
  }

  static Factors of(Product gemm) {
    return new Factors(
        Rows.of(gemm.x(), gemm.rows(), gemm.scales().x()),
        Rows.of(gemm.w(), gemm.columns(), gemm.scales().w()),
        gemm.depth(),
        gemm.c().map(Tensor::toDoubles),
        gemm.bias().map(Tensor::toDoubles),
        InputRounding.NONE);
  }

  /** [rows, depth]. */
  public double[] x() {
    return left.values;
  }

  /** [columns, depth]. */
  public double[] w() {
    return right.values;
  }

  public int rows() {
    return left.n;
  }

  public int columns() {
    return right.n;
  }

  /** The same with both factors rounded. */
  public Factors rounded(InputRounding how) {
    return how == InputRounding.NONE
        ? this
        : new Factors(left.rounded(how), right.rounded(how), depth, c, bias, how);
  }

  /** The same with another x. */
  public Factors withX(double[] other) {
    Rows x = new Rows(rounding.apply(other), left.n, left.least);
    return new Factors(x, right, depth, c, bias, rounding);
  }

  /** The same with another w. */
  public Factors withW(double[] other) {
    Rows w = new Rows(rounding.apply(other), right.n, right.least);
    return new Factors(left, w, depth, c, bias, rounding);
  }

  /** The same with a bias that is {@code times} as large; 0 leaves it out. */
  public Factors withBiasTimes(int times) {
    return new Factors(
        left,
        right,
        depth,
        c,
        bias.map(values -> Arrays.stream(values).map(value -> value * times).toArray()),
        rounding);
  }

  /** What a block of the output is made of. */
  Factors part(Region part) {
    Region xRows = new Region(part.firstRow(), part.lastRow(), 0, depth - 1);
    Region wRows = new Region(part.firstColumn(), part.lastColumn(), 0, depth - 1);
    Region biasPart = new Region(0, 0, part.firstColumn(), part.lastColumn());
    return new Factors(
        new Rows(xRows.of(x(), depth), part.rows(), left.least),
        new Rows(wRows.of(w(), depth), part.columns(), right.least),
        depth,
        c.map(values -> part.of(values, columns())),
        bias.map(values -> biasPart.of(values, columns())),
        rounding);
  }

  public ExactProduct product(Workers workers) {
    return new ProductSums(this).run(workers);
  }

  /**
   * Σ|δ·w| per output, where δ is the largest difference between a value of the format and what it
   * was rounded from: half a unit in the last place.
   */
  double[] dropped(Format format, Workers workers) {
    double[] half = Arrays.stream(x()).map(value -> format.ulp(value) / 2).toArray();
    return new Factors(
            new Rows(half, rows(), 0),
            new Rows(w(), columns(), 0),
            depth,
            Optional.empty(),
            Optional.empty(),
            InputRounding.NONE)
        .product(workers)
        .sum();
  }
}
