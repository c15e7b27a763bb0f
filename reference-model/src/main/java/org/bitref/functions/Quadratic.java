package org.bitref.functions;

import java.util.Arrays;
import java.util.List;

/** One function's piecewise quadratic in fixed point, as the special-function unit computes it. */
final class Quadratic {
  private static final int SQUARER_BITS = 17;
  private static final char[] SQUARES = squares();

  private final Shape shape;
  private final long[][] segments;

  /**
   * How one function is cut into segments and how wide its terms are. A fraction's high bits choose
   * the segment, its {@code lowBits} low bits are x, and the result is
   *
   * <pre>(c0·2^c0Shift + c1·x + c2·2^c2Shift·square(x·2^squareShift) + bias) &gt;&gt; outShift
   * </pre>
   *
   * @param name the function: ex2, rcp, rsqrt, lg2 or sqrt
   * @param segments how many segments there are
   * @param lowBits the width of x
   * @param squareShift what x is shifted by before the 17-bit squarer
   * @param c0Shift the scale of the constant term
   * @param c2Shift the scale of the quadratic term
   * @param outShift the bits dropped at the end
   * @param bias the rounding constant
   */
  record Shape(
      String name,
      int segments,
      int lowBits,
      int squareShift,
      int c0Shift,
      int c2Shift,
      int outShift,
      int bias) {}

  /** Of a shape and a row of c0, c1, c2 for each segment. */
  Quadratic(Shape shape, List<int[]> rows) {
    this.shape = shape;
    this.segments = rows.stream().map(row -> segment(shape, row)).toArray(long[][]::new);
  }

  private static long[] segment(Shape shape, int[] row) {
    long constant = ((long) row[0] << shape.c0Shift()) + shape.bias();
    return new long[] {constant, row[1], (long) row[2] << shape.c2Shift()};
  }

  /** The constant, the slope and the curve of every segment, as {@link #at} takes them. */
  long[][] segments() {
    return Arrays.stream(segments).map(long[]::clone).toArray(long[][]::new);
  }

  /** The value at a fraction, an integer whose high bits are the segment's number. */
  long at(int fraction) {
    long[] segment = segments[fraction >>> shape.lowBits()];
    int x = fraction & ((1 << shape.lowBits()) - 1);
    long square = square(x << shape.squareShift());
    return (segment[0] + segment[1] * x + segment[2] * square) >> shape.outShift();
  }

  /**
   * The unit's squarer, about {@code x * x / 2^19} for {@code x} below 2^17: it adds the partial
   * products of x·x only from bit 18 up, so what the dropped columns would have carried is lost.
   */
  static int square(int x) {
    return SQUARES[x];
  }

  private static char[] squares() {
    char[] table = new char[1 << SQUARER_BITS];
    for (int x = 0; x < table.length; x++) {
      int sum = 0;
      for (int bit = 0; bit < SQUARER_BITS; bit++) {
        if (((x >>> bit) & 1) != 0) {
          sum += x >>> (18 - bit);
        }
      }
      table[x] = (char) (sum >>> 1);
    }
    return table;
  }
}
