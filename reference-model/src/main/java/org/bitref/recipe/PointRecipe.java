package org.bitref.recipe;

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
    SILU
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
    Calc.check(calc);
    if (exponential != Exponential.CR && calc != Format.F32) {
      throw new IllegalArgumentException("exp=" + Part.word(exponential) + " needs calc=f32");
    }
    if (kind != Kind.SILU && (exponential != Exponential.CR || form != Form.DIV)) {
      throw new IllegalArgumentException("exp= and form= belong to silu");
    }
  }

  @Override
  public String text() {
    return Part.word(kind)
        + "(calc="
        + Part.word(calc)
        + (exponential == Exponential.CR ? "" : ",exp=" + Part.word(exponential))
        + (form == Form.DIV ? "" : ",form=" + Part.word(form))
        + ",out="
        + Part.word(output)
        + ")";
  }

  static PointRecipe parse(Kind kind, Part part) {
    return new PointRecipe(
        kind,
        part.choice("calc", Format.class, Format.F32),
        part.choice("exp", Exponential.class, Exponential.CR),
        part.choice("form", Form.class, Form.DIV),
        part.choice("out", Format.class));
  }
}
