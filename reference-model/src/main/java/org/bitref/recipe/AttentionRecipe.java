package org.bitref.recipe;

import org.bitref.numerics.Format;

/**
 * Attention over whole rows, step by step (section 3.6 of the prefill specification, "eager"):
 * scores = q · kᵀ by {@code qk}; times 1/sqrt(head_dim), rounded into {@code score}; plus the mask
 * (0 or the most negative finite value of {@code score}), rounded into {@code score}; softmax in
 * {@code calc} with the row's maximum subtracted, the exponentials summed in the order of {@code
 * sum}; the quotient rounded into {@code p}; times v by {@code pv}.
 *
 * <p>Text: {@code attention(score=bf16,calc=f32,exp=sleef,sum=lanes(16,short),quotient=rcp,
 * p=bf16,qk=(gemm),pv=(gemm))}; {@code exp=cr}, {@code quotient=div} and {@code scale=score} are
 * left out.
 *
 * <p>Worked example of the quotient, e = 1, sum = 3 · 2^-1: both give {@code 0x3F2AAAAB}; e = 5,
 * sum = 49: e / sum is {@code 0x3DD0FAC7}, and e times the rounded 1/49 is {@code 0x3DD0FAC6}.
 *
 * @param score format of the scores from the scaling to the softmax
 * @param exponential how the exponentials are taken
 * @param quotient how the probabilities are normalised
 * @param scale where 1/sqrt(head_dim) is multiplied in
 * @param p format of the normalised probabilities
 */
public record AttentionRecipe(
    Format score,
    Scale scale,
    Format calc,
    Exponential exponential,
    SumOrder sum,
    Quotient quotient,
    Format p,
    GemmRecipe qk,
    GemmRecipe pv)
    implements StageRecipe {

  /** Exponential over sum. */
  public enum Quotient {
    /** e / sum, rounded once. */
    DIV,
    /** e · (1 / sum), each rounded: PyTorch's CPU softmax. */
    RCP
  }

  /** Where the scale is multiplied in; the product is rounded into {@code score}. */
  public enum Scale {
    /** On the rounded scores. */
    SCORE,
    /** On q, before the product. */
    Q,
    /** Its square root on q and on k: PyTorch's "math" attention and its ONNX export. */
    SQRT
  }

  /**
   * @throws IllegalArgumentException for a calc that is neither F32 nor F64, or an exponential of
   *     floats in double
   */
  public AttentionRecipe {
    Calc.check(calc);
    if (exponential != Exponential.CR && calc != Format.F32) {
      throw new IllegalArgumentException("exp=" + Part.word(exponential) + " needs calc=f32");
    }
  }

  @Override
  public Format output() {
    return pv.output();
  }

  @Override
  public String text() {
    return String.format(
        "attention(score=%s%s,calc=%s%s,sum=%s%s,p=%s,qk=(%s),pv=(%s))",
        Part.word(score),
        scale == Scale.SCORE ? "" : ",scale=" + Part.word(scale),
        Part.word(calc),
        exponential == Exponential.CR ? "" : ",exp=" + Part.word(exponential),
        sum,
        quotient == Quotient.DIV ? "" : ",quotient=rcp",
        Part.word(p),
        qk.text(),
        pv.text());
  }

  static AttentionRecipe parse(Part part) {
    return new AttentionRecipe(
        part.choice("score", Format.class),
        part.choice("scale", Scale.class, Scale.SCORE),
        part.choice("calc", Format.class, Format.F32),
        part.choice("exp", Exponential.class, Exponential.CR),
        SumOrder.parse(part.string("sum", "exact")),
        part.choice("quotient", Quotient.class, Quotient.DIV),
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
