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

  /** d: a is the magnitude of score s, {@code most} the row's maximum. */
  double score(double s, double a, double most, int depth) {
    double single = gain(depth) * (a + (half ? 0x1p-14 : 0));
    double exponent = 0x1p-21 * (a + Math.abs(s) + Math.abs(most));
    return 1.01
        * (single
            + exponent
            + u() * ((operands ? 4 * a : 0) + 4 * Math.abs(s) + Math.abs(s - most)));
  }

  /** ρ, for probabilities of this format. */
  double probability(Format format, int keys) {
    return 2 * format.unitRoundoff() + 0x1p-19 + (keys + 16) * 0x1p-22 + 5 * u();
  }
}
