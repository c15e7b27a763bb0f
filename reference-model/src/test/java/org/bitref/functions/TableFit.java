package org.bitref.functions;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bitref.functions.Quadratic.Shape;

/**
 * Finds a function's coefficients from a measurement: the integers c0, c1, c2 of each segment, and
 * the rounding constant, with which the fixed-point quadratic gives every measured result. On the
 * H100's results there is exactly one solution for each of the five functions.
 */
public final class TableFit {
  private static final List<Shape> SHAPES =
      List.of(
          new Shape("ex2", 64, 17, 0, 13, 0, 15, 0x77e2),
          new Shape("rcp", 128, 16, 1, 13, 0, 15, 0x47e7),
          new Shape("rsqrt", 128, 17, 0, 14, 2, 16, 0x7fff),
          new Shape("lg2", 64, 17, 0, 12, 1, 2, 0x3345),
          new Shape("sqrt", 128, 17, 0, 14, 1, 17, 0xffff));
  private static final int LG2_POINT = 36;
  private static final int CURVE_REACH = 4;
  private static final int SLOPE_REACH = 8;

  private final Shape shape;

  private TableFit(Shape shape) {
    this.shape = shape;
  }

  /** A slope and curve that fit a segment, and the least and greatest constant they fit with. */
  private record Candidate(int slope, int curve, long low, long high) {}

  /** The rows c0, c1, c2 of all segments and the rounding constant, in the shape. */
  record Table(Shape shape, List<int[]> rows) {
    String text() {
      StringBuilder text = new StringBuilder("table ").append(shape.name());
      for (int n :
          new int[] {
            shape.segments(),
            shape.lowBits(),
            shape.squareShift(),
            shape.c0Shift(),
            shape.c2Shift(),
            shape.outShift(),
            shape.bias()
          }) {
        text.append(' ').append(n);
      }
      for (int[] row : rows) {
        text.append('\n').append(row[0]).append(' ').append(row[1]).append(' ').append(row[2]);
      }
      return text.append('\n').toString();
    }
  }

  /**
   * Prints a table.
   *
   * @param args the function (ex2, rcp, rsqrt, lg2 or sqrt), and a file of its float32 results,
   *     little-endian, for all floats of [1, 2) in order; of [1, 4) for rsqrt and sqrt
   * @throws IOException if the file cannot be read
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      throw new IllegalArgumentException("usage: TableFit FUNCTION FILE");
    }
    byte[] file = Files.readAllBytes(Path.of(args[1]));
    int[] results = new int[file.length / Integer.BYTES];
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(results);
    System.out.print(fit(args[0], results).text());
  }

  /** Fits all segments of a function to its results. */
  static Table fit(String name, int[] results) {
    for (Shape shape : SHAPES) {
      if (shape.name().equals(name)) {
        return new TableFit(shape).fit(results);
      }
    }
    throw new IllegalArgumentException("no such function: " + name);
  }

  private Table fit(int[] results) {
    int width = 1 << shape.lowBits();
    if (results.length != shape.segments() * width) {
      throw new IllegalArgumentException(results.length + " results for " + shape);
    }
    List<List<Candidate>> found = new ArrayList<>();
    long[] low = new long[width];
    long[] high = new long[width];
    for (int segment = 0; segment < shape.segments(); segment++) {
      for (int x = 0; x < width; x++) {
        bound(results[segment * width + x], low, high, x);
      }
      // The hardware makes rsqrt and lg2 of exactly 1 without the table.
      boolean special = segment == 0 && (isLg2() || shape.name().equals("rsqrt"));
      found.add(candidates(low, high, special ? 1 : 0));
    }
    int bias = bias(found);
    List<int[]> rows = new ArrayList<>();
    for (List<Candidate> candidates : found) {
      rows.add(row(candidates, bias, rows.size()));
    }
    return new Table(withBias(bias), rows);
  }

  /** The least and greatest sum that would have given a result. */
  private void bound(int bits, long[] low, long[] high, int x) {
    long first;
    long last;
    if (isLg2()) {
      long significand = (bits & 0x007fffff) | 0x00800000;
      int shift = (bits >>> 23) - 127 - 23 + LG2_POINT;
      first = shift >= 0 ? significand << shift : significand >> -shift;
      last = shift >= 0 ? ((significand + 1) << shift) - 1 : first;
    } else {
      first = (long) bits - unit();
      last = first;
    }
    low[x] = first << shape.outShift();
    high[x] = ((last + 1) << shape.outShift()) - 1;
  }

  /** The bits of the result whose significand would read as 0. */
  private int unit() {
    return switch (shape.name()) {
      case "ex2" -> 0x3f800000;
      case "sqrt" -> 0x3f000000;
      default -> 0x3e800000;
    };
  }

  private boolean isLg2() {
    return shape.name().equals("lg2");
  }

  /** All slopes and curves near the least-squares parabola that some constant fits with. */
  private List<Candidate> candidates(long[] low, long[] high, int from) {
    int n = low.length;
    double middle = 0.5 * (low[n / 2] + high[n / 2]);
    double sum1 = 0;
    double sum2 = 0;
    for (int x = 0; x < n; x++) {
      int known = Math.max(x, from);
      double t = (2 * x + 1.0) / n - 1;
      double y = 0.5 * (low[known] + high[known]) - middle;
      sum1 += y * t;
      sum2 += y * (t * t - 1 / 3.0);
    }
    // Legendre coefficients on [-1, 1], then the derivatives at the left end.
    double linear = 3 * sum1 / n;
    double quadratic = 45 / 4.0 * sum2 / n;
    long slope = Math.round((linear - 2 * quadratic) * 2 / n);
    double unit = Math.scalb(1.0, 2 * shape.squareShift() - 19 + shape.c2Shift());
    long curve = Math.round(quadratic * 4 / n / n / unit);
    List<Candidate> found = new ArrayList<>();
    for (long c2 = curve - CURVE_REACH; c2 <= curve + CURVE_REACH; c2++) {
      for (long c1 = slope - SLOPE_REACH; c1 <= slope + SLOPE_REACH; c1++) {
        Candidate candidate = candidate((int) c1, (int) c2, low, high, from);
        if (candidate.low <= candidate.high) {
          found.add(candidate);
        }
      }
    }
    return found;
  }

  private Candidate candidate(int c1, int c2, long[] low, long[] high, int from) {
    long least = Long.MIN_VALUE;
    long greatest = Long.MAX_VALUE;
    for (int x = from; x < low.length && least <= greatest; x++) {
      long square = Quadratic.square(x << shape.squareShift());
      long variable = (long) c1 * x + ((long) c2 << shape.c2Shift()) * square;
      least = Math.max(least, low[x] - variable);
      greatest = Math.min(greatest, high[x] - variable);
    }
    return new Candidate(c1, c2, least, greatest);
  }

  /** A rounding constant that every segment has a candidate for; the shape's own if that fits. */
  private int bias(List<List<Candidate>> found) {
    int step = 1 << shape.c0Shift();
    List<Integer> fitting = new ArrayList<>();
    for (int bias = 0; bias < step; bias++) {
      int tried = bias;
      if (found.stream().allMatch(list -> list.stream().anyMatch(c -> fits(c, tried, step)))) {
        fitting.add(bias);
      }
    }
    if (fitting.contains(shape.bias() % step)) {
      return shape.bias();
    }
    if (fitting.isEmpty()) {
      throw new IllegalArgumentException(shape.name() + ": the results have another structure");
    }
    return fitting.getFirst();
  }

  private static boolean fits(Candidate c, int bias, int step) {
    return Math.floorDiv(c.high - bias, step) >= Math.ceilDiv(c.low - bias, step);
  }

  private int[] row(List<Candidate> candidates, int bias, int segment) {
    int step = 1 << shape.c0Shift();
    List<int[]> rows = new ArrayList<>();
    for (Candidate c : candidates) {
      long last = Math.floorDiv(c.high - bias, step);
      for (long c0 = Math.ceilDiv(c.low - bias, step); c0 <= last; c0++) {
        rows.add(new int[] {(int) c0, c.slope, c.curve});
      }
    }
    if (rows.size() != 1) {
      throw new IllegalArgumentException(
          shape.name() + " segment " + segment + ": " + rows.size() + " solutions");
    }
    return rows.getFirst();
  }

  private Shape withBias(int bias) {
    return new Shape(
        shape.name(),
        shape.segments(),
        shape.lowBits(),
        shape.squareShift(),
        shape.c0Shift(),
        shape.c2Shift(),
        shape.outShift(),
        bias);
  }
}
