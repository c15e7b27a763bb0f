package org.bitref.bound;

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

  private final Tensor exact;
  private final Format lo;
  private final double u;
  private final double scores;
  private final double[] q;
  private final double[] k;
  private final double[] v;
  private final int heads;
  private final int queries;
  private final int keys;
  private final int d;
  private final int group;

  /**
   * @param scores unit roundoff of everything up to the exponential
   */
  StageAttentionBound(Attention attention, Tensor exact, Format lo, double scores) {
    this.exact = exact;
    this.lo = lo;
    this.u = Math.max(lo.unitRoundoff(), V);
    this.scores = scores;
    this.q = attention.q().toDoubles();
    this.k = attention.k().toDoubles();
    this.v = attention.v().toDoubles();
    this.heads = attention.q().shape().intDim(1);
    this.queries = attention.q().shape().intDim(2);
    this.keys = attention.k().shape().intDim(2);
    this.d = attention.q().shape().intDim(3);
    this.group = heads / attention.k().shape().intDim(1);
  }

  void fill(double[] bound) {
    int batches = bound.length / (heads * queries * d);
    for (int row = 0; row < batches * heads * queries; row++) {
      int batchHead = row / queries;
      int t = row % queries;
      int kv = (batchHead / heads * (heads / group) + batchHead % heads / group) * keys * d;
      int at = ((batchHead / heads * queries + t) * heads + batchHead % heads) * d;
      row(row * d, kv, keys - queries + t + 1, at, bound);
    }
  }

  private void row(int qAt, int kvAt, int visible, int at, double[] bound) {
    double scale = 1 / Math.sqrt(d);
    double[] score = new double[visible];
    double worst = 0;
    double max = Double.NEGATIVE_INFINITY;
    double min = Double.POSITIVE_INFINITY;
    for (int j = 0; j < visible; j++) {
      double dot = 0;
      double absolute = 0;
      for (int i = 0; i < d; i++) {
        double product = q[qAt + i] * k[kvAt + j * d + i];
        dot += product;
        absolute += Math.abs(product);
      }
      // Roundings of q and of k act on every product, those of the score on the sum.
      double each = StageBounds.gamma(d) + 3 * scores;
      worst = Math.max(worst, scale * (each * absolute + 3 * scores * Math.abs(dot)));
      score[j] = dot * scale;
      max = Math.max(max, score[j]);
      min = Math.min(min, score[j]);
    }
    double exponent = 2 * worst + 2 * scores * (max - min + 2 * worst);
    double steps = 2 * 40 * V + StageBounds.gamma(visible) + 4 * scores + u;
    double relative = Math.expm1(exponent) * (1 + steps) + steps * (1 + steps);
    values(score, max, relative, kvAt, at, bound);
  }

  private void values(
      double[] score, double max, double relative, int kvAt, int at, double[] bound) {
    double total = 0;
    for (int j = 0; j < score.length; j++) {
      score[j] = Math.exp(score[j] - max);
      total += score[j];
    }
    double sums = StageBounds.gamma(score.length) * (1 + relative);
    for (int i = 0; i < d; i++) {
      double weighted = 0;
      double plain = 0;
      for (int j = 0; j < score.length; j++) {
        double value = Math.abs(v[kvAt + j * d + i]);
        weighted += score[j] / total * value;
        plain += value;
      }
      double sum = (relative + sums) * weighted + lo.minSubnormal() / 2 * plain;
      bound[at + i] = sum + lo.ulp(Math.abs(exact.get(at + i)) + sum) / 2;
    }
  }
}
