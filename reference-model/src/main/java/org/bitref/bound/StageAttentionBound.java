package org.bitref.bound;

import java.util.stream.IntStream;
import org.bitref.kernel.attention.AttentionFunction;
import org.bitref.numerics.Format;
import org.bitref.operation.Attention;
import org.bitref.tensor.Tensor;

/**
 * The rounding bound of attention, for {@link StageBounds}. Of one query over T keys of D elements:
 *
 * <ol>
 *   <li>A score s = q · k / sqrt(D) is off by gamma(D) Σ|q k| / sqrt(D) for its float32 sum, and by
 *       s' relative for each of at most six roundings: factors on q and on k, the factors
 *       themselves, the product, the scaled score. Call that d. s' is u where scores are stored,
 *       2^-24 in a fused kernel.
 *   <li>A softcap c makes f = c tanh(s / c) of it, with a slope of at most 1: cap and quotient add
 *       s' |s| each to d, tangent, cap and product s' |f| each, and a subnormal quotient, tangent
 *       or product half a spacing, times c but for the last. {@code tanh.approx.f32}, in kernels of
 *       16-bit formats, adds 2^-11 |f|. A sink's logit x is rounded as a score is: s' |x|.
 *   <li>Errors of at most d in every score change every probability by at most a factor of exp(2
 *       d). The difference from the maximum adds s' of it to the exponent; exponential, their sum
 *       and its reciprocal, the quotient add s' each, the sum of T terms gamma(T), an approximate
 *       exponential 40 float32 roundings.
 *   <li>The probability is rounded: u, or half a subnormal spacing.
 *   <li>The product with v is off by gamma(T) Σ p |v|, and is rounded once.
 * </ol>
 */
final class StageAttentionBound {
  private static final double V = Format.F32.unitRoundoff();

  private final AttentionRows rows;
  private final int heads;
  private final AttentionFunction function;
  private final Tensor exact;
  private final Format lo;
  private final double u;
  private final double scores;

  /**
   * @param scores unit roundoff of everything up to the exponential
   */
  StageAttentionBound(Attention attention, Tensor exact, Format lo, double scores) {
    this.rows = AttentionRows.of(attention.q(), attention.k(), attention.v());
    this.heads = attention.q().shape().intDim(1);
    this.function = attention.function();
    this.exact = exact;
    this.lo = lo;
    this.u = Math.max(lo.unitRoundoff(), V);
    this.scores = scores;
  }

  void fill(double[] bound) {
    int n = rows.queries();
    int[] positions = IntStream.range(0, n).map(t -> rows.keys() - n + t).toArray();
    AttentionRows.Way right = rows.right(function, positions);
    for (int row = 0; row < rows.heads() * n; row++) {
      int head = row / n;
      int at = ((head / heads * n + row % n) * heads + head % heads) * rows.d();
      AttentionRow one = new AttentionRow(rows, right, row);
      values(one, relative(one), at, bound);
    }
  }

  /** Of the probabilities. */
  private double relative(AttentionRow row) {
    boolean sinks = row.sink > Double.NEGATIVE_INFINITY;
    double worst = sinks ? scores * Math.abs(row.sink) : 0;
    double min = sinks ? row.sink : Double.POSITIVE_INFINITY;
    for (int j = row.first; j < row.p.length; j++) {
      // Roundings of q and of k act on every product, those of the score on the sum.
      double each = StageBounds.gamma(rows.d()) + 3 * scores;
      double sum = 3 * scores * Math.abs(row.dot[j]);
      double product = function.scale() * (each * row.absolute[j] + sum);
      worst = Math.max(worst, product + cap(row.scaled(j), row.score(j)));
      min = Math.min(min, row.score(j));
    }
    double exponent = 2 * worst + 2 * scores * (row.most - min + 2 * worst);
    int terms = row.p.length - row.first + (sinks ? 1 : 0);
    double steps = 2 * 40 * V + StageBounds.gamma(terms) + 4 * scores + u;
    return Math.expm1(exponent) * (1 + steps) + steps * (1 + steps);
  }

  /** What a softcap adds to the error of a score. */
  private double cap(double s, double capped) {
    if (function.softcap().isEmpty()) {
      return 0;
    }
    double spacing = scores > V ? lo.minSubnormal() : Format.F32.minSubnormal();
    double approximate = lo.width() == 16 ? 0x1p-11 * Math.abs(capped) : 0;
    return scores * (2 * Math.abs(s) + 3 * Math.abs(capped))
        + approximate
        + (function.softcap().getAsDouble() + 1) * spacing;
  }

  private void values(AttentionRow row, double relative, int at, double[] bound) {
    double sums = StageBounds.gamma(row.p.length - row.first) * (1 + relative);
    for (int i = 0; i < rows.d(); i++) {
      double weighted = 0;
      double plain = 0;
      for (int j = row.first; j < row.p.length; j++) {
        double value = Math.abs(row.value(j, i));
        weighted += row.p[j] * value;
        plain += value;
      }
      double sum = (relative + sums) * weighted + lo.minSubnormal() / 2 * plain;
      bound[at + i] = sum + lo.ulp(Math.abs(exact.get(at + i)) + sum) / 2;
    }
  }
}
