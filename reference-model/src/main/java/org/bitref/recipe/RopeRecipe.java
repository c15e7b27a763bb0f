package org.bitref.recipe;

import static org.bitref.recipe.Value.FORMAT;
import static org.bitref.recipe.Value.word;

import org.bitref.numerics.Format;

/**
 * The rotation of q and k by position. {@code R} rounds into {@link #output}; x' is the other half
 * of the head, negated for the lower half.
 *
 * <p>Text: {@code rope(form=hf,calc=f32,out=bf16)}.
 *
 * <p>Worked example, f16, x = {@code 0x3C03}, cos = {@code 0x3A66}, x' = 1.5, sin = {@code 0x38CD}:
 * the products are 0.80214786… and 0.90014648…; hf rounds both up before it adds and gives {@code
 * 0x3ED0}, the other forms {@code 0x3ECF}.
 */
public record RopeRecipe(Form form, Format calc, Format output) implements StageRecipe {
  /** Where the rounding happens. */
  public enum Form {
    /** R(R(x · cos) + R(x' · sin)): three roundings, Hugging Face. */
    HF,
    /**
     * R(x · cos + x' · sin), products and sum rounded in {@code calc}: TensorRT-Edge-LLM. ONNX
     * Runtime's CPU kernels do the same, on a norm that was not rounded to f16 before.
     */
    EDGE,
    /** R(fma(x', sin, x · cos)), product and FMA rounded in {@code calc}. */
    EDGE_FMA,
    /**
     * R(fma(x', sin, R(x · cos))), the FMA rounded once, into the output format: TensorRT 10.6,
     * which uses HFMA2 for f16.
     */
    HALF_FMA
  }

  public RopeRecipe {
    Check.calc(calc);
  }

  static RopeRecipe keys(Keys<RopeRecipe> keys) {
    return new RopeRecipe(
        keys.get("form", word(Form.class), RopeRecipe::form),
        keys.shown("calc", FORMAT, RopeRecipe::calc, Format.F32),
        keys.get("out", FORMAT, RopeRecipe::output));
  }
}
