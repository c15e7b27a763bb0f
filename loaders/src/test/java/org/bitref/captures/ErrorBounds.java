package org.bitref.captures;

import org.bitref.model.Stage;
import org.bitref.numerics.Format;
import org.bitref.tensor.Tensor;

/**
 * How far a correct f32-accumulating implementation may be from the exact result, element by
 * element, whatever the order of its sums. Notation of N. Higham, "Accuracy and Stability of
 * Numerical Algorithms", 2nd edition, chapter 3: u is the unit roundoff, gamma(n) = n u / (1 - n u)
 * bounds the relative error of n successive roundings.
 */
final class ErrorBounds {
  /** Of the f32 accumulator. */
  private static final double U = Format.F32.unitRoundoff();

  private final HfCapture hf;
  private final Format lo;

  ErrorBounds(HfCapture hf, Format lo) {
    this.hf = hf;
    this.lo = lo;
  }

  private static double gamma(int n) {
    return n * U / (1 - n * U);
  }

  /**
   * Half a unit in the last place of the storage format at the largest value that may be stored.
   */
  private double finalRounding(double magnitude) {
    return lo.ulp(magnitude) / 2;
  }

  /**
   * y = x · wᵀ: K products and K - 1 additions in any order, with or without fused multiply-adds,
   * are off by at most gamma(K) Σ|x w| (Higham, section 3.1); then one rounding into the storage
   * format.
   */
  double[] linear(Stage stage, Tensor exact) {
    double[] x = hf.inputs(stage)[0].toDoubles();
    double[] w = stored(hf.checkpoint.weight(stage.weight().orElseThrow().name()));
    int n = exact.shape().intDim(-1);
    int k = w.length / n;
    double[] bound = new double[Math.toIntExact(exact.elements())];
    for (int i = 0; i < bound.length; i++) {
      double absolute = 0;
      for (int j = 0; j < k; j++) {
        absolute += Math.abs(x[i / n * k + j] * w[i % n * k + j]);
      }
      double sum = gamma(k) * absolute;
      bound[i] = sum + finalRounding(Math.abs(exact.get(i)) + sum);
    }
    return bound;
  }

  /** A weight as the model holds it: rounded into the storage format when it was loaded. */
  private double[] stored(Tensor weight) {
    return weight.cast(org.bitref.tensor.DType.of(lo)).toDoubles();
  }

  /**
   * SiLU, x / (1 + e), with e = exp(-x) right to one unit in the last place (2u relative): the
   * error of e reaches the denominator at most whole, the addition and the division add u each, so
   * the result is off by at most 4u relative before the last rounding; in f32 the division is that.
   */
  double[] silu(Tensor exact) {
    double[] bound = new double[Math.toIntExact(exact.elements())];
    for (int i = 0; i < bound.length; i++) {
      double relative = 4 * U * Math.abs(exact.get(i));
      bound[i] = relative + (lo == Format.F32 ? 0 : finalRounding(Math.abs(exact.get(i))));
    }
    return bound;
  }

  /**
   * Attention of one query over T keys of D elements, step by step.
   *
   * <ol>
   *   <li>Score s = q · k / sqrt(D). The stored dot product is off by gamma(D) Σ|q k| plus half a
   *       spacing; the product with the scale adds u and half a spacing. Call the sum d(j), an
   *       absolute error.
   *   <li>Softmax. Errors of at most d in every score change every probability by at most a factor
   *       of exp(2 d). The subtraction of the maximum adds u |s - max| to the exponent; an
   *       exponential right to 20 units in the last place (the fastest vector library in use) 40 u;
   *       the sum of T terms in any order gamma(T); the division u. All relative, all but the first
   *       counted once for the numerator and once for the sum.
   *   <li>The probability is rounded: u' relative, or half a subnormal spacing.
   *   <li>The product with v is off by gamma(T) Σ p |v|, and is rounded once.
   * </ol>
   */
  double[] attention(Stage stage, Tensor exact) {
    Tensor[] in = hf.inputs(stage);
    int heads = in[0].shape().intDim(1);
    int tokens = in[0].shape().intDim(2);
    int d = in[0].shape().intDim(3);
    int group = heads / in[1].shape().intDim(1);
    double[] q = in[0].toDoubles();
    double[] k = in[1].toDoubles();
    double[] v = in[2].toDoubles();
    double[] bound = new double[Math.toIntExact(exact.elements())];
    for (int h = 0; h < heads; h++) {
      int kvAt = h / group * tokens * d;
      for (int t = 0; t < tokens; t++) {
        int at = (t * heads + h) * d;
        attentionRow(q, (h * tokens + t) * d, k, v, kvAt, t + 1, d, exact, at, bound);
      }
    }
    return bound;
  }

  private void attentionRow(
      double[] q,
      int qAt,
      double[] k,
      double[] v,
      int kvAt,
      int keys,
      int d,
      Tensor exact,
      int at,
      double[] bound) {
    double scale = 1 / Math.sqrt(d);
    double[] score = new double[keys];
    double worst = 0;
    double max = Double.NEGATIVE_INFINITY;
    double min = Double.POSITIVE_INFINITY;
    for (int j = 0; j < keys; j++) {
      double dot = 0;
      double absolute = 0;
      for (int i = 0; i < d; i++) {
        double product = q[qAt + i] * k[kvAt + j * d + i];
        dot += product;
        absolute += Math.abs(product);
      }
      double first = gamma(d) * absolute;
      first += finalRounding(Math.abs(dot) + first);
      double scaled = Math.abs(dot * scale) + first * scale;
      double second = first * scale + U * scaled;
      worst = Math.max(worst, second + finalRounding(scaled + second));
      score[j] = dot * scale;
      max = Math.max(max, score[j]);
      min = Math.min(min, score[j]);
    }
    double relative = relativeErrorOfProbability(worst, max - min, keys);
    double total = 0;
    for (double s : score) {
      total += Math.exp(s - max);
    }
    double smallest = lo.minSubnormal() / 2;
    for (int i = 0; i < d; i++) {
      double weighted = 0;
      double plain = 0;
      for (int j = 0; j < keys; j++) {
        double value = Math.abs(v[kvAt + j * d + i]);
        weighted += Math.exp(score[j] - max) / total * value;
        plain += value;
      }
      double sum = relative * weighted + gamma(keys) * (1 + relative) * weighted + smallest * plain;
      bound[at + i] = sum + finalRounding(Math.abs(exact.get(at + i)) + sum);
    }
  }

  private double relativeErrorOfProbability(double scoreError, double spread, int keys) {
    double exponent = 2 * scoreError + 2 * U * (spread + 2 * scoreError);
    double steps = 2 * 40 * U + gamma(keys) + U + lo.unitRoundoff();
    return Math.expm1(exponent) * (1 + steps) + steps * (1 + steps);
  }
}
