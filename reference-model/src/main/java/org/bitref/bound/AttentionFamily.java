package org.bitref.bound;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bitref.numerics.Format;

/**
 * Bounds of an attention's rounding errors, step by step, for one family of implementations.
 *
 * <ol>
 *   <li>A score s = scale · q·k is off by at most d. The product of D terms adds gain·a, where a =
 *       |scale|·Σ|q·k| and gain as at {@link ProductFamily}; the factor, its product and what the
 *       exponential multiplies once more add 2^-21·(a + |s| + |max|). 16-bit scores are rounded
 *       before and after the scale, with the mask, and less the maximum, and so is the factor:
 *       u·(4|s| + |s - max|). If operands are scaled, both and both factors may be rounded: 4u·a.
 *   <li>A softcap c makes f = c·tanh(s/c) of it. Its slope is at most 1, so that d stays what it
 *       is. The cap in the quotient and the quotient move s by 2u|s|; tangent, cap and product f by
 *       3u|f|; in float32 that is less than 2^-21·(|s| + |f|). Quotient and tangent may be
 *       subnormal, which is c times half a spacing each, and half a one for the product. Kernels
 *       with 16-bit outputs may take {@code tanh.approx.f32}, whose relative error is at most 2^-11
 *       (PTX ISA, "Floating Point Instructions: tanh").
 *   <li>A sink's logit x is rounded as a score is and goes through the same exponential: 2^-21·(|x|
 *       + |max|) + u·(|x| + |x - max|).
 *   <li>Errors of d(j) make of the probability p(j) at most p(j)·exp(d(j)) / Σ p(i)·exp(-d(i)).
 *   <li>Exponential, sum and quotient are off by ρ relative: 2u for the rounding of the
 *       probability, which the sum may have seen or not, 2^-19 for the exponential, (T + 16)·2^-22
 *       for the sum; with 16-bit steps 5u more. Below the format's least normal number a
 *       probability loses up to a subnormal spacing.
 *   <li>The product with v adds gain·Σp|v|, now of T terms.
 * </ol>
 *
 * @param scores the format that scores are rounded to; empty if they stay in float32
 * @param operands true if the scale may stand on q, k or both, which are rounded then
 * @param half true if products are accumulated in float16
 */
public record AttentionFamily(Optional<Format> scores, boolean operands, boolean half) {

  /** From narrow to wide, for outputs of this format. */
  static List<AttentionFamily> of(Format format) {
    Optional<Format> narrow = Optional.of(format.width() == 16 ? format : Format.TF32);
    List<AttentionFamily> all = new ArrayList<>();
    all.add(new AttentionFamily(Optional.empty(), false, false));
    all.add(new AttentionFamily(narrow, false, false));
    all.add(new AttentionFamily(narrow, true, false));
    if (format == Format.F16) {
      all.add(new AttentionFamily(narrow, true, true));
    }
    return all;
  }

  /** Unit roundoff of rounded scores, of TF32 with truncation; 0 if they are not. */
  private double u() {
    return scores.map(f -> f.unitRoundoff() * (f == Format.TF32 ? 2 : 1)).orElse(0.0);
  }

  /** Of a sum of n products. */
  double gain(int n) {
    double single = (n + 16) * 0x1p-22;
    double steps = n / 4.0 + n / 32.0 + 16;
    return Math.expm1(half ? single + steps * Format.F16.unitRoundoff() * (1 + 0x1p-6) : single);
  }

  /**
   * d: a is the magnitude of score s, {@code capped} what a softcap makes of it, the score itself
   * without one, and {@code most} the row's maximum.
   */
  double score(double s, double capped, double a, double most, int depth) {
    double single = gain(depth) * (a + (half ? 0x1p-14 : 0));
    double exponent = 0x1p-21 * (a + Math.abs(s) + Math.abs(most));
    return 1.01
        * (single
            + exponent
            + u() * ((operands ? 4 * a : 0) + 4 * Math.abs(s) + Math.abs(capped - most)));
  }

  /** What a softcap adds to d, for outputs of this format. */
  double cap(double cap, double s, double capped, Format format) {
    double single = 0x1p-21 * (Math.abs(s) + Math.abs(capped));
    double approximate = format.width() == 16 ? 0x1p-11 * Math.abs(capped) : 0;
    double subnormal = scores.map(f -> (cap + 1) * f.minSubnormal()).orElse(0.0);
    double rounded = u() * (2 * Math.abs(s) + 3 * Math.abs(capped)) + subnormal;
    return 1.01 * (single + approximate + rounded);
  }

  /** The same as d for a sink's logit. */
  double sink(double logit, double most) {
    double single = 0x1p-21 * (Math.abs(logit) + Math.abs(most));
    return 1.01 * (single + u() * (Math.abs(logit) + Math.abs(logit - most)));
  }

  /** ρ, for probabilities of this format. */
  double probability(Format format, int keys) {
    return 2 * format.unitRoundoff() + 0x1p-19 + (keys + 16) * 0x1p-22 + 5 * u();
  }
}
