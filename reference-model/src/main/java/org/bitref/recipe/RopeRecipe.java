package org.bitref.recipe;

import org.bitref.numerics.Format;

/**
 * The rotation of q and k by position (section 3.5, row 6, of the prefill specification). {@code R}
 * rounds into {@link #output}; x' is the other half of the head, negated for the lower half.
 *
 * <p>Text: {@code rope(form=hf,calc=f32,out=bf16)}.
 */
public record RopeRecipe(Form form, Format calc, Format output) implements StageRecipe {
  /** Where the rounding happens. */
  public enum Form {
    /** R(R(x · cos) + R(x' · sin)): three roundings, Hugging Face. */
    HF,
    /** R(x · cos + x' · sin), products and sum rounded in {@code calc}: TensorRT-Edge-LLM. */
    EDGE
  }

  public RopeRecipe {
    Calc.check(calc);
  }

  @Override
  public String text() {
    return String.format(
        "rope(form=%s,calc=%s,out=%s)", Part.word(form), Part.word(calc), Part.word(output));
  }

  static RopeRecipe parse(Part part) {
    return new RopeRecipe(
        part.choice("form", Form.class),
        part.choice("calc", Format.class, Format.F32),
        part.choice("out", Format.class));
  }
}
