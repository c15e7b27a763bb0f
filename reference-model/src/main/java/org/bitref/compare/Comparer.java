package org.bitref.compare;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.bitref.compare.Distances.Distance;
import org.bitref.compare.TensorComparison.Percentiles;
import org.bitref.compare.TensorComparison.Worst;
import org.bitref.numerics.CompensatedSum;
import org.bitref.numerics.Format;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** Compares two tensors element by element. One use. */
public final class Comparer {
  private static final int WORST = 5;

  /** The smallest difference; of equal ones the last in the tensor. */
  private static final Comparator<Candidate> FIRST_TO_GO =
      Comparator.comparingDouble(Candidate::size)
          .thenComparing(Comparator.comparingLong(Candidate::index).reversed());

  private final Tensor a;
  private final Tensor b;
  private final Distances distances;

  private long equal;
  private long equalRounded;
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

  /** Receives the elements in order, with their distance in ULP. */
  @FunctionalInterface
  interface Visitor {
    void element(double x, double y, long ulp);
  }

  private Comparer(Tensor a, DType typeA, Tensor b, DType typeB) {
    this.a = a;
    this.b = b;
    this.distances = Distances.of(typeA, typeB);
  }

  /** True if one of two floating-point types holds every value of the other. */
  public static boolean areNested(DType a, DType b) {
    Format left = a.format().orElseThrow();
    Format right = b.format().orElseThrow();
    return left.holds(right) || right.holds(left);
  }

  /**
   * Compares two tensors of as many elements; coordinates are those of {@code a}'s shape.
   *
   * @throws IllegalArgumentException if the element counts differ, or one tensor is of an integer
   *     type and the other is not
   */
  public static TensorComparison compare(Tensor a, Tensor b) {
    return compare(a, a.dtype(), b, b.dtype());
  }

  /**
   * The same where tensors hold values of narrower types than they are stored in, which then count.
   *
   * @param typeA a type that holds every value of {@code a}
   * @param typeB the same of {@code b}
   */
  public static TensorComparison compare(Tensor a, DType typeA, Tensor b, DType typeB) {
    check(a, b);
    return compare(a, typeA, b, typeB, (_, _, _) -> {});
  }

  /**
   * The same, with how the distances are spread.
   *
   * @see #compare(Tensor, DType, Tensor, DType)
   */
  public static Closely closely(Tensor a, DType typeA, Tensor b, DType typeB) {
    check(a, b);
    UlpSpread.Pass spread = UlpSpread.pass(a);
    TensorComparison figures = compare(a, typeA, b, typeB, spread);
    return new Closely(figures, spread.spread(figures));
  }

  /** What one pass over two tensors tells. */
  public record Closely(TensorComparison figures, UlpSpread ulps) {}

  private static TensorComparison compare(
      Tensor a, DType typeA, Tensor b, DType typeB, Visitor visitor) {
    Comparer comparer = new Comparer(a, typeA, b, typeB);
    ElementPairs.each(a, b, (at, x, y) -> visitor.element(x, y, comparer.element(at, x, y)));
    return comparer.result();
  }

  private static void check(Tensor a, Tensor b) {
    if (a.elements() != b.elements()) {
      throw new IllegalArgumentException(a.shape() + " against " + b.shape());
    }
    if (a.dtype().isFloat() != b.dtype().isFloat()) {
      throw new IllegalArgumentException(a.dtype() + " against " + b.dtype());
    }
  }

  private long element(long index, double x, double y) {
    nanA += Double.isNaN(x) ? 1 : 0;
    nanB += Double.isNaN(y) ? 1 : 0;
    infinitiesA += Double.isInfinite(x) ? 1 : 0;
    infinitiesB += Double.isInfinite(y) ? 1 : 0;
    Distance distance = distances.of(a, b, index, x, y);
    long ulp = distance.ulp();
    boolean oppositeZeros = distance.oppositeZeros();
    signedZeros += oppositeZeros ? 1 : 0;
    equalRounded += distance.equalRounded() ? 1 : 0;
    equal += (distances.isWhole() ? ulp == 0 : Double.compare(x, y) == 0) ? 1 : 0;
    maxUlp = Math.max(maxUlp, ulp);
    histogram[UlpHistogram.bucket(ulp)]++;
    double difference = distances.isWhole() ? ulp : difference(x, y);
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
    return ulp;
  }

  /** Equal values, two NaNs, or the same infinity: their difference counts as 0. */
  private static double difference(double x, double y) {
    boolean same = x == y || (Double.isNaN(x) && Double.isNaN(y));
    return same ? 0 : Math.abs(x - y);
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
        distances.coarser(),
        n,
        equal,
        equalRounded,
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
