package org.bitref.recipe;

import static org.bitref.recipe.Value.FORMAT;
import static org.bitref.recipe.Value.word;

import org.bitref.numerics.Format;

/**
 * The softmax of a row: the row's maximum is subtracted, exponentials are taken, added and divided
 * by their sum, all in {@code calc}; the quotient is rounded into {@link #output}.
 *
 * <p>Text: {@code softmax(calc=f32,exp=sleef,sum=lanes(16,short),quotient=rcp,out=bf16)}; {@code
 * exp=cr}, {@code quotient=div} and a {@code step} that is {@code calc} are left out. Inside an
 * {@link AttentionRecipe} the same keys stand among the others, and {@code out} is called {@code
 * p}.
 *
 * <p>Worked example of the quotient, e = 5, sum = 49: e / sum is {@code 0x3DD0FAC7}, and e times
 * the rounded 1/49 is {@code 0x3DD0FAC6}.
 *
 * <p>Worked example of {@code step=f16} with {@code quotient=rcp}, x = 0, -1, -1: the exponentials
 * are 1 and twice {@code 0x35E3}; their sum 1.73583984375 becomes {@code 0x3EF2}, its reciprocal
 * {@code 0x389C}, and the result of -1 in f16 {@code 0x32C9}; with steps in f32 it is {@code
 * 0x32C8}.
 *
 * @param step format into which the difference, the exponential, the sum and its reciprocal are
 *     rounded besides; the terms are still added in {@code calc}
 * @param exponential how the exponentials are taken
 * @param sum in which order they are added
 * @param quotient how they are normalised
 */
public record SoftmaxRecipe(
    Format calc,
    Format step,
    Exponential exponential,
    SumOrder sum,
    Quotient quotient,
    Format output)
    implements StageRecipe {

  /** Exponential over sum. */
  public enum Quotient {
    /** e / sum, rounded once: PyTorch's CUDA softmax. */
    DIV,
    /** e · (1 / sum), each rounded: PyTorch's CPU softmax. */
    RCP
  }

  /**
   * @throws IllegalArgumentException for a calc that is neither F32 nor F64, or an exponential of
   *     floats in double
   */
  public SoftmaxRecipe {
    Check.calc(calc, exponential);
  }

  /**
   * The keys of a softmax.
   *
   * @param out the name of the output's key
   */
  static SoftmaxRecipe keys(Keys<SoftmaxRecipe> keys, String out) {
    Format calc = keys.shown("calc", FORMAT, SoftmaxRecipe::calc, Format.F32);
    return new SoftmaxRecipe(
        calc,
        keys.get("step", FORMAT, SoftmaxRecipe::step, calc),
        keys.get("exp", Value.EXPONENTIAL, SoftmaxRecipe::exponential, Exponential.CR),
        keys.shown("sum", Value.SUM, SoftmaxRecipe::sum, new SumOrder.Exact()),
        keys.get("quotient", word(Quotient.class), SoftmaxRecipe::quotient, Quotient.DIV),
        keys.get(out, FORMAT, SoftmaxRecipe::output));
  }
}
