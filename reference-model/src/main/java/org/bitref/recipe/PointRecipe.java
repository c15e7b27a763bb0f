package org.bitref.recipe;

import static org.bitref.recipe.Value.FORMAT;
import static org.bitref.recipe.Value.word;

import java.util.List;
import org.bitref.numerics.Format;

/**
 * An element-wise stage: computed in {@code calc}, then rounded once into {@link #output}.
 *
 * <p>Texts: {@code cast(calc=f32,out=f16)}, {@code add(...)}, {@code mul(...)}, {@code
 * silu(calc=f32,exp=sleef,form=div,out=f16)}, {@code
 * gelu(calc=f32,tanh=cuda,form=tanh_fma,out=f16)}; {@code exp=cr}, {@code tanh=cr}, a silu's {@code
 * form=div} and a gelu's {@code form=tanh} are left out.
 *
 * <p>Worked example, silu of the f16 number {@code 0x381A} (0.5127) with {@code out=f16}: {@code
 * form=div} gives {@code 0x3521}, {@code mul} gives {@code 0x3522} and {@code low} gives {@code
 * 0x3520}.
 *
 * @param exponential how a silu takes e^-x, and a gelu the hyperbolic tangent; CR otherwise
 * @param form where a silu or gelu is rounded; DIV otherwise
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
    SILU,
    /** x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³))): Gemma. */
    GELU;

    Kinds.Kind<PointRecipe> keys() {
      return new Kinds.Kind<>(
          Part.word(this),
          PointRecipe.class,
          point -> point.kind() == this,
          keys -> PointRecipe.keys(this, keys));
    }
  }

  /**
   * The roundings of a silu or gelu, e being e^-x; every step is rounded into {@code calc} besides.
   */
  public enum Form {
    /** R(x / (1 + e)): PyTorch. */
    DIV,
    /** R(x · R(1 / (1 + e))): a sigmoid that is stored, and a product. */
    MUL,
    /** R(x · R(1 / R(1 + R(e)))): TensorRT 10.6 in f16. */
    LOW,
    /**
     * Of a gelu with u = 0.044715 · x³: every step rounded, R(x / 2 · (1 + tanh(√(2/π) · (x +
     * u)))).
     */
    TANH,
    /** The same, but x + u is one fused multiply-add: CUDA. */
    TANH_FMA
  }

  private static final List<Form> GELUS = List.of(Form.TANH, Form.TANH_FMA);

  /**
   * @throws IllegalArgumentException for a calc that is neither F32 nor F64, or an exponential of
   *     floats in double, or keys of a silu on something else
   */
  public PointRecipe {
    Check.calc(calc, exponential);
    boolean gelu = kind == Kind.GELU;
    Check.that(
        gelu || kind == Kind.SILU || (exponential == Exponential.CR && form == Form.DIV),
        "exp= and form= belong to silu");
    Check.that(gelu == GELUS.contains(form), "a gelu has form=tanh or tanh_fma, and no other has");
    Check.that(!gelu || exponential != Exponential.FAST, "tanh=fast is not known");
  }

  private static PointRecipe keys(Kind kind, Keys<PointRecipe> keys) {
    return new PointRecipe(
        kind,
        keys.shown("calc", FORMAT, PointRecipe::calc, Format.F32),
        keys.get(
            kind == Kind.GELU ? "tanh" : "exp",
            Value.EXPONENTIAL,
            PointRecipe::exponential,
            Exponential.CR),
        keys.get(
            "form", word(Form.class), PointRecipe::form, kind == Kind.GELU ? Form.TANH : Form.DIV),
        keys.get("out", FORMAT, PointRecipe::output));
  }
}
