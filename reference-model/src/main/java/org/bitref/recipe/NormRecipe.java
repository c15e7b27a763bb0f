package org.bitref.recipe;

import org.bitref.numerics.Format;

/**
 * RMSNorm over the last axis: x divided by the root of its mean square, times a weight (section 3.4
 * and 8.1 of the prefill specification). {@code R} rounds into {@link #output}.
 *
 * <p>Text: {@code norm(form=hf,calc=f32,sum=cascade(8),rsqrt=divsqrt,w=bf16,out=bf16)}.
 *
 * @param calc format of every step between the input and the first R: F32 or F64
 * @param sum order in which the squares are added
 * @param rsqrt how the reciprocal root is taken; counts in the forms that multiply by it
 * @param weight the format that the norm's weight is rounded into before use
 */
public record NormRecipe(
    Form form, Format calc, SumOrder sum, Rsqrt rsqrt, Format weight, Format output)
    implements StageRecipe {

  /** The formula; ms is the mean square, all of it in {@code calc} unless R says otherwise. */
  public enum Form {
    /** R(w · R(x · rsqrt(ms + eps))): Hugging Face's Qwen3. */
    HF,
    /** R(w · R(x / sqrt(ms + eps))): TensorRT-LLM's functional rms_norm. */
    DIV,
    /** R(w · (x · rsqrt(ms + eps))): one rounding, as TensorRT-LLM's kernel. */
    F32_WEIGHT,
    /** R(w · (x / sqrt(ms + eps))): one rounding, as ONNX Runtime's fused kernel. */
    F32_WEIGHT_DIV,
    /** R((1 + w) · (x · rsqrt(ms + eps))): Gemma, whose weights are stored around 0. */
    GEMMA
  }

  /** The reciprocal square root. */
  public enum Rsqrt {
    /** Correctly rounded into {@code calc}. */
    CR,
    /** 1 / sqrt(x), each rounded: the CPU's, and ONNX's Sqrt and Div. */
    DIVSQRT
  }

  public NormRecipe {
    Calc.check(calc);
  }

  @Override
  public String text() {
    return String.format(
        "norm(form=%s,calc=%s,sum=%s,rsqrt=%s,w=%s,out=%s)",
        Part.word(form),
        Part.word(calc),
        sum,
        Part.word(rsqrt),
        Part.word(weight),
        Part.word(output));
  }

  static NormRecipe parse(Part part) {
    Format output = part.choice("out", Format.class);
    return new NormRecipe(
        part.choice("form", Form.class),
        part.choice("calc", Format.class, Format.F32),
        SumOrder.parse(part, part.string("sum", "exact")),
        part.choice("rsqrt", Rsqrt.class, Rsqrt.CR),
        part.choice("w", Format.class, output),
        output);
  }
}
