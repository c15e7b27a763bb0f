package org.bitref.functions;

import java.util.List;

/** One function's piecewise quadratic, ready to evaluate. */
final class Quadratic {
  private final int lowBits;
  private final int squareShift;
  private final int outShift;
  private final long[] constants;
  private final long[] slopes;
  private final long[] curves;

  /** Of a shape and a row of c0, c1, c2 for each segment. */
  Quadratic(Shape shape, List<int[]> rows) {
    lowBits = shape.lowBits();
    squareShift = shape.squareShift();
    outShift = shape.outShift();
    constants = new long[rows.size()];
    slopes = new long[rows.size()];
    curves = new long[rows.size()];
    for (int i = 0; i < rows.size(); i++) {
      int[] row = rows.get(i);
      constants[i] = ((long) row[0] << shape.c0Shift()) + shape.bias();
      slopes[i] = row[1];
      curves[i] = (long) row[2] << shape.c2Shift();
    }
  }

  /** The constant, the slope and the curve of every segment, as {@link #at} takes them. */
  long[][] segments() {
    long[][] segments = new long[constants.length][];
    for (int i = 0; i < segments.length; i++) {
      segments[i] = new long[] {constants[i], slopes[i], curves[i]};
    }
    return segments;
  }

  /** The value at a fraction, an integer whose high bits are the segment's number. */
  long at(int fraction) {
    int segment = fraction >>> lowBits;
    int x = fraction & ((1 << lowBits) - 1);
    long square = Squarer.square(x << squareShift);
    return (constants[segment] + slopes[segment] * x + curves[segment] * square) >> outShift;
  }
}
