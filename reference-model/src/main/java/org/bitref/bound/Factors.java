package org.bitref.bound;

import org.bitref.kernel.Workers;
import org.bitref.numerics.Format;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.tensor.Tensor;

/**
 * The factors of a product as doubles, as they enter the multiplication.
 *
 * @param x [rows, depth]
 * @param w [columns, depth]
 * @param c [rows, columns] or null
 * @param bias [columns] or null
 * @param leastX the power of a subnormal x: in a fused dot-add its exponent counts as this one
 * @param leastW the same of w
 * @param rounding what was done to x and w
 */
public record Factors(
    double[] x,
    double[] w,
    double[] c,
    double[] bias,
    int rows,
    int columns,
    int depth,
    double leastX,
    double leastW,
    InputRounding rounding) {

  public static Factors of(Captured<Product> gemm) {
    return new Factors(
        gemm.operation().x().toDoubles(),
        gemm.operation().w().toDoubles(),
        gemm.operation().c().map(Tensor::toDoubles).orElse(null),
        gemm.operation().bias().map(Tensor::toDoubles).orElse(null),
        gemm.operation().rows(),
        gemm.operation().columns(),
        gemm.operation().depth(),
        least(gemm.operation().x()),
        least(gemm.operation().w()),
        InputRounding.NONE);
  }

  private static double least(Tensor tensor) {
    return Math.scalb(1.0, StoredFormat.of(tensor).emin());
  }

  /** The same with both factors rounded. */
  public Factors rounded(InputRounding how) {
    if (how == InputRounding.NONE) {
      return this;
    }
    double least = Math.scalb(1.0, how.format().emin());
    return new Factors(
        how.apply(x),
        how.apply(w),
        c,
        bias,
        rows,
        columns,
        depth,
        Math.max(leastX, least),
        Math.max(leastW, least),
        how);
  }

  /** The same with another x. */
  public Factors withX(double[] other) {
    double[] x2 = rounding.apply(other);
    return new Factors(x2, w, c, bias, rows, columns, depth, leastX, leastW, rounding);
  }

  /** The same with another w. */
  public Factors withW(double[] other) {
    double[] w2 = rounding.apply(other);
    return new Factors(x, w2, c, bias, rows, columns, depth, leastX, leastW, rounding);
  }

  /** What a block of the output is made of. */
  public Factors part(Region part) {
    Region xRows = new Region(part.firstRow(), part.lastRow(), 0, depth - 1);
    Region wRows = new Region(part.firstColumn(), part.lastColumn(), 0, depth - 1);
    Region biasPart = new Region(0, 0, part.firstColumn(), part.lastColumn());
    return new Factors(
        block(x, depth, xRows),
        block(w, depth, wRows),
        block(c, columns, part),
        block(bias, columns, biasPart),
        part.rows(),
        part.columns(),
        depth,
        leastX,
        leastW,
        rounding);
  }

  /** A block of a matrix with rows of {@code length}; null of null. */
  public static double[] block(double[] matrix, int length, Region block) {
    if (matrix == null) {
      return null;
    }
    double[] result = new double[Math.toIntExact(block.elements())];
    for (int i = 0; i < block.rows(); i++) {
      int from = (block.firstRow() + i) * length + block.firstColumn();
      System.arraycopy(matrix, from, result, i * block.columns(), block.columns());
    }
    return result;
  }

  /** The same with a bias that is {@code times} as large; 0 leaves it out. */
  public Factors withBiasTimes(int times) {
    double[] other = bias.clone();
    for (int i = 0; i < other.length; i++) {
      other[i] *= times;
    }
    return new Factors(x, w, c, other, rows, columns, depth, leastX, leastW, rounding);
  }

  public ExactProduct product(Workers workers) {
    return new ProductSums(this).run(workers);
  }

  /**
   * Σ|δ·w| per output, where δ is the largest difference between a value of the format and what it
   * was rounded from: half a unit in the last place.
   */
  public double[] dropped(Format format, Workers workers) {
    double[] half = new double[x.length];
    for (int i = 0; i < half.length; i++) {
      half[i] = format.ulp(x[i]) / 2;
    }
    return new Factors(half, w, null, null, rows, columns, depth, 0, 0, InputRounding.NONE)
        .product(workers)
        .sum();
  }
}
