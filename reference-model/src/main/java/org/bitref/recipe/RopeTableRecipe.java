package org.bitref.recipe;

import org.bitref.numerics.Format;

/**
 * The cosine and sine of the rotary angles (section 3.2 of the prefill specification).
 *
 * <p>Text: {@code ropetable(calc=f32,inv=f32,out=bf16)}. With {@code calc=f32}: theta^(2i/D) in
 * double, rounded to f32, its f32 reciprocal, rounded into {@code inv}, times the position in f32,
 * and the correctly rounded f32 cosine of that angle. With {@code calc=f64} every step is a double.
 *
 * @param inv the format that the inverse frequencies are rounded into: a model built in f32 and
 *     then cast to its storage type carries them in that type
 */
public record RopeTableRecipe(Format calc, Format inv, Format output) implements StageRecipe {
  public RopeTableRecipe {
    Calc.check(calc);
  }

  @Override
  public String text() {
    return String.format(
        "ropetable(calc=%s,inv=%s,out=%s)", Part.word(calc), Part.word(inv), Part.word(output));
  }

  static RopeTableRecipe parse(Part part) {
    Format calc = part.choice("calc", Format.class, Format.F32);
    return new RopeTableRecipe(
        calc, part.choice("inv", Format.class, calc), part.choice("out", Format.class));
  }
}
