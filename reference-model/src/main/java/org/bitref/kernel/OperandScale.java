package org.bitref.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * The factors of a quantised operand [rows, K]: element (r, k) stands for its value times the
 * factor of row r and of the block of K that k lies in.
 *
 * @param factors [rows, blocks] or, one for all rows, [1, blocks]; float32
 * @param rows of the operand
 * @param depth K
 * @param block terms of K that share a factor; of the last block there may be fewer
 */
public record OperandScale(Tensor factors, int rows, int depth, int block) {
  private static final int LEAST_POWER = 16;

  /** What shares a factor. */
  public enum By {
    TENSOR,
    /** A row of the operand, for w a column of the product. */
    ROW,
    /** A block of K: of one row, of several, or of all. */
    BLOCK
  }

  /**
   * Reads factors by their shape: one number; [rows], [rows, 1] or [1, rows]; [K]; [a, b], where a
   * divides the rows and b K into blocks as long as each other but for the last. A block that is
   * not told by a whole quotient is a power of two, if one gives as many blocks.
   *
   * @throws IllegalArgumentException if the shape is none of these, or a factor is no number
   */
  public static OperandScale of(Tensor given, int rows, int depth) {
    long[] dims = given.shape().dims();
    long n = given.elements();
    boolean line = dims.length <= 1 || (dims.length == 2 && Math.min(dims[0], dims[1]) == 1);
    if (n == 1 || (line && n == rows)) {
      return spread(given, (int) n, 1, rows, depth);
    }
    if (dims.length == 1 && n == depth) {
      return spread(given, 1, depth, rows, depth);
    }
    if (dims.length != 2 || n == 0 || dims[0] > rows || dims[1] > depth) {
      throw new IllegalArgumentException(
          "a scale of shape "
              + given.shape()
              + " does not divide an operand of "
              + rows
              + " rows, K "
              + depth);
    }
    return spread(given, (int) dims[0], (int) dims[1], rows, depth);
  }

  /**
   * The same of an operand [.., K], whose leading axes the factors may have as well.
   *
   * @throws IllegalArgumentException if the shape is none of these, or a factor is no number
   */
  public static OperandScale of(Tensor given, Shape operand) {
    Shape rows = operand.asRows();
    return of(asLines(given, operand), rows.intDim(0), rows.intDim(1));
  }

  /** Factors with the leading axes of an operand taken as one, as the operand's are. */
  public static Tensor asLines(Tensor given, Shape operand) {
    long[] leading = Arrays.copyOf(operand.dims(), operand.rank() - 1);
    if (Arrays.equals(leading, given.shape().dims())) {
      return given.reshape(Shape.of(given.elements()));
    }
    return given.shape().rank() > 2 ? given.reshape(given.shape().asRows()) : given;
  }

  private static OperandScale spread(Tensor given, int a, int b, int rows, int depth) {
    int height = length(rows, a);
    int width = length(depth, b);
    int lines = a == 1 ? 1 : rows;
    TensorBuilder out = new TensorBuilder(DType.F32, Shape.of(lines, b));
    for (int row = 0; row < lines; row++) {
      for (int j = 0; j < b; j++) {
        out.set((long) row * b + j, checked(given.get((long) (row / height) * b + j)));
      }
    }
    return new OperandScale(out.build(), rows, depth, width);
  }

  private static double checked(double factor) {
    if (!Double.isFinite(factor)) {
      throw new IllegalArgumentException("a scale is " + factor);
    }
    return (float) factor;
  }

  /** How long each of so many blocks is. */
  private static int length(int all, int blocks) {
    int even = Math.ceilDiv(all, blocks);
    int power = Math.max(LEAST_POWER, Integer.highestOneBit(Math.max(1, 2 * even - 1)));
    boolean whole = all % blocks == 0 && (even % LEAST_POWER == 0 || blocks == all || blocks == 1);
    return whole || Math.ceilDiv(all, power) != blocks ? even : power;
  }

  /** What shares a factor. */
  public By by() {
    return blocks() > 1 ? By.BLOCK : lines() > 1 ? By.ROW : By.TENSOR;
  }

  private int lines() {
    return factors.shape().intDim(0);
  }

  /** Blocks of K. */
  public int blocks() {
    return factors.shape().intDim(1);
  }

  /** The factor of element (row, k). */
  public float of(long row, int k) {
    return (float) factors.get((lines() == 1 ? 0 : row) * blocks() + k / block);
  }

  /** The largest magnitude of a factor. */
  public double largest() {
    return Arrays.stream(factors.toDoubles()).map(Math::abs).max().orElse(1);
  }

  /** True if every factor is a power of two, so that no multiplication rounds. */
  public boolean isPowersOfTwo() {
    for (long i = 0; i < factors.elements(); i++) {
      double factor = Math.abs(factors.get(i));
      if (factor == 0 || Math.scalb(1.0, Math.getExponent(factor)) != factor) {
        return false;
      }
    }
    return true;
  }

  /** The factors of all rows, [rows, blocks]. */
  public Tensor whole() {
    if (lines() == rows) {
      return factors;
    }
    TensorBuilder out = new TensorBuilder(DType.F32, Shape.of(rows, blocks()));
    for (long row = 0; row < rows; row++) {
      out.copy(row * blocks(), factors, 0, blocks());
    }
    return out.build();
  }

  /** Those of these rows only. */
  public OperandScale select(List<Integer> some) {
    Tensor chosen = factors;
    if (lines() > 1) {
      TensorBuilder out = new TensorBuilder(DType.F32, Shape.of(some.size(), blocks()));
      for (int i = 0; i < some.size(); i++) {
        out.copy((long) i * blocks(), factors, (long) some.get(i) * blocks(), blocks());
      }
      chosen = out.build();
    }
    return new OperandScale(chosen, some.size(), depth, block);
  }

  /** Those of the first rows only. */
  public OperandScale first(int some) {
    return select(IntStream.range(0, some).boxed().toList());
  }

  /** The operand times its factors, each product rounded once. */
  public Tensor applied(Tensor operand, DType into) {
    TensorBuilder out = new TensorBuilder(into, operand.shape());
    for (long row = 0; row < rows; row++) {
      for (int k = 0; k < depth; k++) {
        double product = operand.get(row * depth + k) * of(row, k);
        out.set(row * depth + k, into == DType.F32 ? (float) product : product);
      }
    }
    return out.build();
  }
}
