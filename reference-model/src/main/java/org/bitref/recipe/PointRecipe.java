package org.bitref.recipe;

import static org.bitref.recipe.Value.FORMAT;
import static org.bitref.recipe.Value.word;

import org.bitref.numerics.Format;

/**
 * An element-wise stage: computed in {@code calc}, then rounded once into {@link #output}.
 *
 * <p>Texts: {@code cast(calc=f32,out=f16)}, {@code add(...)}, {@code mul(...)}, {@code
 * silu(calc=f32,exp=sleef,form=div,out=f16)}; {@code exp=cr} and {@code form=div} are left out.
 *
 * <p>Worked example, silu of the f16 number {@code 0x381A} (0.5127) with {@code out=f16}: {@code
 * form=div} gives {@code 0x3521}, {@code mul} gives {@code 0x3522} and {@code low} gives {@code
 * 0x3520}.
 *
 * @param exponential how a silu takes e^-x; CR otherwise
 * @param form where a silu is rounded; DIV otherwise
 */
public record PointRecipe(Kind kind, Format calc, Exponential exponential, Form form, Format output)
    implements StageRecipe {
  /** What is computed. */
  public enum Kind {
    /** The value itself. */
    CAST,
    /** a + b: residuals and deepstack. */
    ADD,
    /** a · b: the gated product. */
    MUL,
    /** x times the logistic function of x. */
    SILU;

    Kinds.Kind<PointRecipe> keys() {
      return new Kinds.Kind<>(
          Part.word(this),
          PointRecipe.class,
          point -> point.kind() == this,
          keys -> PointRecipe.keys(this, keys));
    }
  }

  /** The roundings of a silu, e being e^-x; every step is rounded into {@code calc} besides. */
  public enum Form {
    /** R(x / (1 + e)): PyTorch. */
    DIV,
    /** R(x · R(1 / (1 + e))): a sigmoid that is stored, and a product. */
    MUL,
    /** R(x · R(1 / R(1 + R(e)))): TensorRT 10.6 in f16. */
    LOW
  }

  /**
   * @throws IllegalArgumentException for a calc that is neither F32 nor F64, or an exponential of
   *     floats in double, or keys of a silu on something else
   */
  public PointRecipe {
    Check.calc(calc, exponential);
    Check.that(
        kind == Kind.SILU || (exponential == Exponential.CR && form == Form.DIV),
        "exp= and form= belong to silu");
  }

  private static PointRecipe keys(Kind kind, Keys<PointRecipe> keys) {
    return new PointRecipe(
        kind,
        keys.shown("calc", FORMAT, PointRecipe::calc, Format.F32),
        keys.get("exp", Value.EXPONENTIAL, PointRecipe::exponential, Exponential.CR),
        keys.get("form", word(Form.class), PointRecipe::form, Form.DIV),
        keys.get("out", FORMAT, PointRecipe::output));
  }
}
