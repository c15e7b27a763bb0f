package org.bitref.compare;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.bitref.compare.TensorComparison.Percentiles;
import org.bitref.compare.TensorComparison.Worst;
import org.bitref.numerics.CompensatedSum;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.numerics.Ulp;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** Compares two tensors element by element. One use. */
public final class Comparer {
  private static final int WORST = 5;

  /** Below this every whole number is a double. */
  private static final double EXACT_WHOLE = 0x1p53;

  private static final int BLOCK = 1 << 14;

  /** The smallest difference; of equal ones the last in the tensor. */
  private static final Comparator<Candidate> FIRST_TO_GO =
      Comparator.comparingDouble(Candidate::size)
          .thenComparing(Comparator.comparingLong(Candidate::index).reversed());

  private final Tensor a;
  private final Tensor b;
  private final DType coarser;

  private long equal;
  private long signedZeros;
  private long maxUlp;
  private long nanA;
  private long nanB;
  private long infinitiesA;
  private long infinitiesB;
  private double maxAbs;
  private final CompensatedSum absolute = new CompensatedSum();
  private final CompensatedSum squaresA = new CompensatedSum();
  private final CompensatedSum squaresB = new CompensatedSum();
  private final CompensatedSum products = new CompensatedSum();
  private final CompensatedSum squaredErrors = new CompensatedSum();
  private final long[] histogram = new long[UlpHistogram.BUCKETS];
  private final Differences differences = new Differences();
  private final PriorityQueue<Candidate> worst = new PriorityQueue<>(FIRST_TO_GO);

  private record Candidate(long index, double size, long ulp) {}

  private Comparer(Tensor a, Tensor b) {
    this.a = a;
    this.b = b;
    this.coarser = coarser(a.dtype(), b.dtype());
  }

  /**
   * Compares two tensors of as many elements; coordinates are those of {@code a}'s shape.
   *
   * @throws IllegalArgumentException if the element counts differ, or one tensor is of an integer
   *     type and the other is not
   */
  public static TensorComparison compare(Tensor a, Tensor b) {
    if (a.elements() != b.elements()) {
      throw new IllegalArgumentException(a.shape() + " against " + b.shape());
    }
    if (a.dtype().isFloat() != b.dtype().isFloat()) {
      throw new IllegalArgumentException(a.dtype() + " against " + b.dtype());
    }
    Comparer comparer = new Comparer(a, b);
    comparer.scan();
    return comparer.result();
  }

  /** The type with fewer significant bits; of integers the wider one. */
  private static DType coarser(DType a, DType b) {
    if (!a.isFloat()) {
      return a.bytes() >= b.bytes() ? a : b;
    }
    return a.format().orElseThrow().precision() <= b.format().orElseThrow().precision() ? a : b;
  }

  private void scan() {
    int block = (int) Math.min(BLOCK, a.elements());
    double[] x = new double[block];
    double[] y = new double[block];
    for (long at = 0; at < a.elements(); at += BLOCK) {
      int n = (int) Math.min(BLOCK, a.elements() - at);
      a.read(at, x, 0, n);
      b.read(at, y, 0, n);
      for (int i = 0; i < n; i++) {
        element(at + i, x[i], y[i]);
      }
    }
  }

  private void element(long index, double x, double y) {
    nanA += Double.isNaN(x) ? 1 : 0;
    nanB += Double.isNaN(y) ? 1 : 0;
    infinitiesA += Double.isInfinite(x) ? 1 : 0;
    infinitiesB += Double.isInfinite(y) ? 1 : 0;
    Distance distance = coarser.isFloat() ? distance(x, y) : wholeDistance(index, x, y);
    long ulp = distance.ulp();
    boolean oppositeZeros = distance.oppositeZeros();
    signedZeros += oppositeZeros ? 1 : 0;
    equal += ulp == 0 && !oppositeZeros ? 1 : 0;
    maxUlp = Math.max(maxUlp, ulp);
    histogram[UlpHistogram.bucket(ulp)]++;
    double difference = coarser.isFloat() ? difference(x, y) : ulp;
    if (difference != 0) {
      differences.add(difference);
      maxAbs = Math.max(maxAbs, difference);
      remember(index, difference, ulp);
    } else if (oppositeZeros) {
      remember(index, 0, ulp);
    }
    absolute.add(difference);
    squaresA.add(x * x);
    squaresB.add(y * y);
    products.add(x * y);
    squaredErrors.add(difference * difference);
  }

  /** Equal values, two NaNs, or the same infinity: their difference counts as 0. */
  private static double difference(double x, double y) {
    boolean same = x == y || (Double.isNaN(x) && Double.isNaN(y));
    return same ? 0 : Math.abs(x - y);
  }

  /** How far two elements lie apart in the coarser type. */
  private record Distance(long ulp, boolean oppositeZeros) {}

  private Distance distance(double a, double b) {
    Format format = coarser.format().orElseThrow();
    double x = format.round(a, Rounding.RNE);
    double y = format.round(b, Rounding.RNE);
    boolean oppositeZeros = x == 0 && y == 0 && Double.compare(x, y) != 0;
    return new Distance(Ulp.distance(format, format.encode(x), format.encode(y)), oppositeZeros);
  }

  private Distance wholeDistance(long index, double x, double y) {
    if (Math.max(Math.abs(x), Math.abs(y)) < EXACT_WHOLE) {
      return new Distance((long) Math.abs(x - y), false);
    }
    BigInteger distance = whole(a, index).subtract(whole(b, index)).abs();
    return new Distance(distance.bitLength() < 64 ? distance.longValue() : Long.MAX_VALUE, false);
  }

  private static BigInteger whole(Tensor tensor, long index) {
    return tensor.dtype() == DType.U64
        ? new BigInteger(Long.toUnsignedString(tensor.getLong(index)))
        : BigInteger.valueOf(tensor.getLong(index));
  }

  private void remember(long index, double difference, long ulp) {
    double size = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
    if (worst.size() < WORST) {
      worst.add(new Candidate(index, size, ulp));
    } else if (size > worst.peek().size()) {
      worst.poll();
      worst.add(new Candidate(index, size, ulp));
    }
  }

  private TensorComparison result() {
    long n = a.elements();
    double lengthA = Math.sqrt(squaresA.total());
    double lengthB = Math.sqrt(squaresB.total());
    return new TensorComparison(
        coarser,
        n,
        equal,
        signedZeros,
        maxAbs,
        n == 0 ? 0 : absolute.total() / n,
        differences.percentiles(n),
        maxUlp,
        UlpHistogram.of(histogram),
        maxAbs == 0 ? 1 : products.total() / (lengthA * lengthB),
        lengthA,
        lengthB,
        maxAbs == 0 ? 1 : lengthB / lengthA,
        maxAbs == 0
            ? Double.POSITIVE_INFINITY
            : 10 * Math.log10(squaresA.total() / squaredErrors.total()),
        nanA,
        nanB,
        infinitiesA,
        infinitiesB,
        worstFirst());
  }

  private List<Worst> worstFirst() {
    return worst.stream()
        .sorted(FIRST_TO_GO.reversed())
        .map(
            c ->
                new Worst(
                    coordinates(a.shape(), c.index()),
                    a.get(c.index()),
                    b.get(c.index()),
                    hex(a, c.index()),
                    hex(b, c.index()),
                    c.ulp()))
        .toList();
  }

  private static String hex(Tensor tensor, long index) {
    return String.format("%0" + 2 * tensor.dtype().bytes() + "x", tensor.bits(index));
  }

  private static List<Long> coordinates(Shape shape, long index) {
    Long[] at = new Long[shape.rank()];
    long rest = index;
    for (int i = shape.rank() - 1; i >= 0; i--) {
      at[i] = rest % shape.dim(i);
      rest /= shape.dim(i);
    }
    return Arrays.asList(at);
  }

  /** Collects the differences that are not zero, as floats, for percentiles to six digits. */
  private static final class Differences {
    private float[] values = new float[16];
    private int n;

    void add(double difference) {
      if (n == values.length) {
        values = Arrays.copyOf(values, (int) Math.min(2L * n, Integer.MAX_VALUE - 8));
      }
      values[n++] = (float) difference;
    }

    /** Percentiles over {@code total} elements, of which those never added differ by zero. */
    Percentiles percentiles(long total) {
      Arrays.sort(values, 0, n);
      return new Percentiles(at(0.5, total), at(0.9, total), at(0.99, total), at(0.999, total));
    }

    /** The smallest difference that at least this part of all elements does not exceed. */
    private double at(double part, long total) {
      long rank = (long) Math.ceil(part * total) - 1;
      long index = rank - (total - n);
      return index < 0 ? 0 : values[(int) Math.min(index, n - 1)];
    }
  }
}
