package org.bitref.bound;

import java.util.stream.IntStream;
import org.bitref.numerics.Format;
import org.bitref.operation.Attention;
import org.bitref.tensor.Tensor;

/**
 * The rounding bound of causal attention, for {@link StageBounds}. Of one query over T keys of D
 * elements:
 *
 * <ol>
 *   <li>A score s = q · k / sqrt(D) is off by gamma(D) Σ|q k| / sqrt(D) for its float32 sum, and by
 *       s' relative for each of at most six roundings: factors on q and on k, the factors
 *       themselves, the product, the scaled score. Call that d. s' is u where scores are stored,
 *       2^-24 in a fused kernel.
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
    this.exact = exact;
    this.lo = lo;
    this.u = Math.max(lo.unitRoundoff(), V);
    this.scores = scores;
  }

  void fill(double[] bound) {
    int n = rows.queries();
    int[] last = IntStream.range(0, n).map(t -> rows.keys() - n + t).toArray();
    AttentionRows.Way right = rows.right(1 / Math.sqrt(rows.d()), last);
    for (int row = 0; row < rows.heads() * n; row++) {
      int head = row / n;
      int at = ((head / heads * n + row % n) * heads + head % heads) * rows.d();
      AttentionRows.Row one = new AttentionRows.Row(rows, right, row);
      values(one, relative(one, right.onScores()), at, bound);
    }
  }

  /** Of the probabilities. */
  private double relative(AttentionRows.Row row, double scale) {
    double worst = 0;
    double min = Double.POSITIVE_INFINITY;
    for (int j = 0; j < row.p.length; j++) {
      // Roundings of q and of k act on every product, those of the score on the sum.
      double each = StageBounds.gamma(rows.d()) + 3 * scores;
      double sum = 3 * scores * Math.abs(row.dot[j]);
      worst = Math.max(worst, scale * (each * row.absolute[j] + sum));
      min = Math.min(min, row.score(j));
    }
    double exponent = 2 * worst + 2 * scores * (row.most - min + 2 * worst);
    double steps = 2 * 40 * V + StageBounds.gamma(row.p.length) + 4 * scores + u;
    return Math.expm1(exponent) * (1 + steps) + steps * (1 + steps);
  }

  private void values(AttentionRows.Row row, double relative, int at, double[] bound) {
    double sums = StageBounds.gamma(row.p.length) * (1 + relative);
    for (int i = 0; i < rows.d(); i++) {
      double weighted = 0;
      double plain = 0;
      for (int j = 0; j < row.p.length; j++) {
        double value = Math.abs(row.value(j, i));
        weighted += row.p[j] * value;
        plain += value;
      }
      double sum = (relative + sums) * weighted + lo.minSubnormal() / 2 * plain;
      bound[at + i] = sum + lo.ulp(Math.abs(exact.get(at + i)) + sum) / 2;
    }
  }
}
