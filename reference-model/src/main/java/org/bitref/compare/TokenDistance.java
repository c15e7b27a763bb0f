package org.bitref.compare;

import java.util.Arrays;
import java.util.List;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/**
 * How far B is from A, token by token. Tokens are what is drawn: the errors of one token's
 * channels, heads and layers are alike, for they come from the same state.
 *
 * @param absolute sum of |A - B| of each token; infinite for NaN against a number
 * @param total elements
 * @param equal elements that are equal; a NaN equals a NaN
 * @param squares sum of (A - B)²
 * @param products sum of A B
 * @param squaresA sum of A²
 * @param squaresB sum of B²
 */
public record TokenDistance(
    double[] absolute,
    long total,
    long equal,
    double squares,
    double products,
    double squaresA,
    double squaresB) {

  /** Which of two is nearer to a third, or that this cannot be told. */
  public enum Nearer {
    FIRST,
    SECOND,
    /** Their mean distances are within two standard errors over the tokens. */
    SAME
  }

  /**
   * Of two caches [B, heads, S, D] or [heads, S, D], equal in shape up to axes of length 1; the
   * tokens are the B · S rows.
   *
   * @throws IllegalArgumentException for as good as no axes, or another number of elements
   */
  public static TokenDistance of(Tensor a, Tensor b) {
    Shape shape = a.shape();
    if (shape.rank() < 3 || a.elements() != b.elements()) {
      throw new IllegalArgumentException(shape + " against " + b.shape());
    }
    int rank = shape.rank();
    int tokens = shape.intDim(rank - 2);
    long width = shape.dim(rank - 1);
    long ofBatch = shape.dim(rank - 3) * tokens * width;
    Sums sums = new Sums((int) (ofBatch == 0 ? 0 : a.elements() / ofBatch * tokens));
    for (long i = 0; i < a.elements(); i++) {
      long token = i / ofBatch * tokens + i / width % tokens;
      sums.add((int) token, a.get(i), b.get(i));
    }
    return sums.distance(a.elements());
  }

  private static final class Sums {
    private final double[] absolute;
    private long equal;
    private double squares;
    private double products;
    private double squaresA;
    private double squaresB;

    Sums(int tokens) {
      absolute = new double[tokens];
    }

    void add(int token, double x, double y) {
      boolean same = x == y || (Double.isNaN(x) && Double.isNaN(y));
      double d = same ? 0 : Math.abs(x - y);
      d = Double.isNaN(d) ? Double.POSITIVE_INFINITY : d;
      equal += same && signs(x, y) ? 1 : 0;
      absolute[token] += d;
      squares += d * d;
      products += x * y;
      squaresA += x * x;
      squaresB += y * y;
    }

    /** False for zeros of two signs. */
    private static boolean signs(double x, double y) {
      return x != 0 || Double.doubleToRawLongBits(x) == Double.doubleToRawLongBits(y);
    }

    TokenDistance distance(long total) {
      return new TokenDistance(absolute, total, equal, squares, products, squaresA, squaresB);
    }
  }

  /**
   * Several tensors of the same tokens as one.
   *
   * @throws IllegalArgumentException if there is none, or they have other numbers of tokens
   */
  public static TokenDistance sum(List<TokenDistance> parts) {
    int tokens = parts.isEmpty() ? -1 : parts.getFirst().tokens();
    if (parts.stream().anyMatch(part -> part.tokens() != tokens) || tokens < 0) {
      throw new IllegalArgumentException("tensors of other tokens");
    }
    double[] absolute = new double[tokens];
    parts.forEach(part -> Arrays.setAll(absolute, t -> absolute[t] + part.absolute[t]));
    return new TokenDistance(
        absolute,
        parts.stream().mapToLong(TokenDistance::total).sum(),
        parts.stream().mapToLong(TokenDistance::equal).sum(),
        parts.stream().mapToDouble(TokenDistance::squares).sum(),
        parts.stream().mapToDouble(TokenDistance::products).sum(),
        parts.stream().mapToDouble(TokenDistance::squaresA).sum(),
        parts.stream().mapToDouble(TokenDistance::squaresB).sum());
  }

  /** Number of tokens. */
  public int tokens() {
    return absolute.length;
  }

  /** Mean |A - B|; 0 for no elements. */
  public double meanAbs() {
    return total == 0 ? 0 : Arrays.stream(absolute).sum() / total;
  }

  /** Root of the mean square of A - B; 0 for no elements. */
  public double rms() {
    return total == 0 ? 0 : Math.sqrt(squares / total);
  }

  /** Cosine between A and B; 1 if all elements are equal, NaN if one side alone is all zeros. */
  public double cosine() {
    return isZero() ? 1 : products / (Math.sqrt(squaresA) * Math.sqrt(squaresB));
  }

  /** Mean over the tokens of this mean |A - B| less that of another. */
  public double excess(TokenDistance other) {
    double[] each = differences(other);
    return each.length == 0 ? 0 : Arrays.stream(each).sum() / each.length;
  }

  /**
   * Standard error of {@link #excess}: s/√n of the differences of n tokens; NaN for a single one,
   * which shows no spread.
   */
  public double standardError(TokenDistance other) {
    double[] each = differences(other);
    double mean = excess(other);
    double sum = Arrays.stream(each).map(x -> (x - mean) * (x - mean)).sum();
    return Math.sqrt(sum / (each.length - 1) / each.length);
  }

  /** Of each token, per element. */
  private double[] differences(TokenDistance other) {
    double[] each = new double[tokens()];
    double perToken = (double) total / tokens();
    Arrays.setAll(
        each,
        t -> absolute[t] == other.absolute[t] ? 0 : (absolute[t] - other.absolute[t]) / perToken);
    return each;
  }

  /** True if all elements are equal. */
  public boolean isZero() {
    return equal == total;
  }

  /**
   * Which distance from one A is the smaller. One that is equal to A in every element is nearer
   * than one that is not, whatever the tokens.
   *
   * @param first from A to one B
   * @param second from A to another, over the same tokens
   */
  public static Nearer nearer(TokenDistance first, TokenDistance second) {
    if (first.isZero() != second.isZero()) {
      return first.isZero() ? Nearer.FIRST : Nearer.SECOND;
    }
    double excess = first.excess(second);
    boolean told = Double.isInfinite(excess) || Math.abs(excess) > 2 * first.standardError(second);
    if (!told) {
      return Nearer.SAME;
    }
    return excess < 0 ? Nearer.FIRST : Nearer.SECOND;
  }
}
