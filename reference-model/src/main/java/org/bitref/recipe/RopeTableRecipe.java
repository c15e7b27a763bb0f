package org.bitref.recipe;

import static org.bitref.recipe.Value.FORMAT;
import static org.bitref.recipe.Value.word;

import org.bitref.numerics.Format;

/**
 * The cosine and sine of the rotary angles.
 *
 * <p>Text: {@code ropetable(calc=f32,pow=pairs,inv=f32,trig=cuda,out=bf16)}. With {@code calc=f32}:
 * theta^(2i/D) as a float by {@code pow}, its f32 reciprocal, rounded into {@code inv}, times the
 * position in f32, and the f32 cosine of that angle by {@code trig}. With {@code calc=f64} every
 * step is a double.
 *
 * <p>Worked example: the cosine of 80.6112 ({@code 0x42A138EC}) is {@code 0x3EF5B800} by {@code
 * trig=cr} and {@code 0x3EF5B7FF} by {@code trig=cuda}.
 *
 * @param pow how the f32 power is taken
 * @param inv the format that the inverse frequencies are rounded into: a model built in f32 and
 *     then cast to its storage type carries them in that type
 * @param trig how the f32 cosine and sine are taken
 */
public record RopeTableRecipe(Format calc, Pow pow, Format inv, Trig trig, Format output)
    implements StageRecipe {
  /** The power theta^(2i/D). */
  public enum Pow {
    /** Correctly rounded, by way of a double. */
    CR,
    /**
     * PyTorch on a CPU: logarithm and exponential in pairs of floats, within 1 ULP (N. Shibata, F.
     * Petrogalli, "SLEEF: A Portable Vectorized Library of C Standard Mathematical Functions", IEEE
     * TPDS 2020). Only with {@code calc=f32}.
     */
    PAIRS
  }

  /** Cosine and sine. */
  public enum Trig {
    /** Correctly rounded. */
    CR,
    /**
     * CUDA's {@code cosf} and {@code sinf}: within 1 ULP, a tenth of the results is not the nearest
     * float. Only with {@code calc=f32}.
     */
    CUDA
  }

  /**
   * @throws IllegalArgumentException if the power or the cosine is one of floats and the rest in
   *     double
   */
  public RopeTableRecipe {
    Check.calc(calc);
    Check.that(
        calc == Format.F32 || (pow == Pow.CR && trig == Trig.CR),
        "pow=pairs and trig=cuda need calc=f32");
  }

  static RopeTableRecipe keys(Keys<RopeTableRecipe> keys) {
    Format calc = keys.shown("calc", FORMAT, RopeTableRecipe::calc, Format.F32);
    return new RopeTableRecipe(
        calc,
        keys.shown("pow", word(Pow.class), RopeTableRecipe::pow, Pow.CR),
        keys.shown("inv", FORMAT, RopeTableRecipe::inv, calc),
        keys.get("trig", word(Trig.class), RopeTableRecipe::trig, Trig.CR),
        keys.get("out", FORMAT, RopeTableRecipe::output));
  }
}
