package org.bitref.recipe;

import org.bitref.numerics.Format;

/**
 * Attention over whole rows, step by step (section 3.6 of the prefill specification, "eager"):
 * scores = q · kᵀ by {@code qk}; times 1/sqrt(head_dim), rounded into {@code score}; plus the mask
 * (0 or the most negative finite value of {@code score}), rounded into {@code score}; softmax in
 * {@code calc} with the row's maximum subtracted, the exponentials correctly rounded and summed in
 * the order of {@code sum}; the quotient rounded into {@code p}; times v by {@code pv}.
 *
 * <p>Text: {@code attention(score=bf16,calc=f32,sum=seq,p=bf16,qk=(gemm),pv=(gemm))}.
 *
 * @param score format of the scores from the scaling to the softmax
 * @param p format of the normalised probabilities
 */
public record AttentionRecipe(
    Format score, Format calc, SumOrder sum, Format p, GemmRecipe qk, GemmRecipe pv)
    implements StageRecipe {
  public AttentionRecipe {
    Calc.check(calc);
  }

  @Override
  public Format output() {
    return pv.output();
  }

  @Override
  public String text() {
    return String.format(
        "attention(score=%s,calc=%s,sum=%s,p=%s,qk=(%s),pv=(%s))",
        Part.word(score), Part.word(calc), sum, Part.word(p), qk.text(), pv.text());
  }

  static AttentionRecipe parse(Part part) {
    return new AttentionRecipe(
        part.choice("score", Format.class),
        part.choice("calc", Format.class, Format.F32),
        SumOrder.parse(part, part.string("sum", "exact")),
        part.choice("p", Format.class),
        gemm(part, "qk"),
        gemm(part, "pv"));
  }

  private static GemmRecipe gemm(Part part, String key) {
    String text = part.string(key);
    if (!text.startsWith("(") || !text.endsWith(")")) {
      throw part.error(key + " is a GEMM recipe in parentheses");
    }
    return GemmRecipe.parse(text.substring(1, text.length() - 1));
  }
}
