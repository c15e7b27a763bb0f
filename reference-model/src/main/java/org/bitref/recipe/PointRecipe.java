package org.bitref.recipe;

import org.bitref.numerics.Format;

/**
 * An element-wise stage: computed in {@code calc}, then rounded once into {@link #output}.
 *
 * <p>Texts: {@code cast(calc=f32,out=f16)}, {@code add(...)}, {@code mul(...)}, {@code silu(...)}.
 */
public record PointRecipe(Kind kind, Format calc, Format output) implements StageRecipe {
  /** What is computed. */
  public enum Kind {
    /** The value itself. */
    CAST,
    /** a + b: residuals and deepstack. */
    ADD,
    /** a · b: the gated product. */
    MUL,
    /** x / (1 + exp(-x)); the exponential is correctly rounded into {@code calc}. */
    SILU
  }

  public PointRecipe {
    Calc.check(calc);
  }

  @Override
  public String text() {
    return String.format("%s(calc=%s,out=%s)", Part.word(kind), Part.word(calc), Part.word(output));
  }

  static PointRecipe parse(Kind kind, Part part) {
    return new PointRecipe(
        kind, part.choice("calc", Format.class, Format.F32), part.choice("out", Format.class));
  }
}
