package org.bitref.recipe;

import static org.bitref.recipe.Value.FORMAT;
import static org.bitref.recipe.Value.word;

import java.util.Optional;
import org.bitref.numerics.Format;

/**
 * RMSNorm over the last axis: x divided by the root of its mean square, times a weight. {@code R}
 * rounds into {@link #output}.
 *
 * <p>Text: {@code norm(form=hf,calc=f32,sum=cascade(8),rsqrt=divsqrt,w=bf16,out=bf16)}; the keys
 * {@code mean}, {@code eps}, {@code place}, {@code low} and {@code fused} stand only where they are
 * not the default.
 *
 * <p>The norm of Qwen in transformers is {@code form=hf} with rsqrt cr or sfu, that of an ONNX
 * export {@code form=hf,rsqrt=divsqrt}. Squares of f16 and bf16 are exact in f32, so a sum by fused
 * multiply-adds is the same sum.
 *
 * <p>Worked example, {@code form=hf,out=f16}: x = 1, 3, eps 0, w = 1: ms = 5, r = {@code
 * 0x3EE4F92E} correctly rounded, y = 0.4472 ({@code 0x3728}) and 1.3418 ({@code 0x3D5E}).
 *
 * <p>Worked example of {@code fused}, the same with the residual sums 2048 + 1 and 1 + 0 in f16:
 * the second result is {@code 0x11A7} with it, and {@code 0x11A8} from the stored 2048.
 *
 * @param calc format of every step between the input and the first R: F32 or F64
 * @param sum order in which the squares are added
 * @param mean how the sum becomes a mean
 * @param eps added to the mean square; empty for the model's
 * @param place where it is added
 * @param rsqrt how the reciprocal root is taken; counts in the forms that multiply by it
 * @param low every step but the sum is also rounded into {@link #output}, eps included: TensorRT
 *     10.6 with {@code --fp16}
 * @param fused in a model, where the input is a residual sum: both terms are read and added in
 *     {@code calc}, and what is normalised is not the stored, rounded sum (vLLM's fused add and
 *     norm; a hypothesis for TensorRT). Any other input is read as it is, a sum with a deepstack
 *     feature added to it included
 * @param weight the format that the norm's weight is rounded into before use
 */
public record NormRecipe(
    Form form,
    Format calc,
    SumOrder sum,
    Mean mean,
    Optional<Double> eps,
    Place place,
    Rsqrt rsqrt,
    boolean low,
    boolean fused,
    Format weight,
    Format output)
    implements StageRecipe {

  /** The formula; ms is the mean square, all of it in {@code calc} unless R says otherwise. */
  public enum Form {
    /**
     * R(w · R(x · rsqrt(ms + eps))): Hugging Face's Qwen3. Of a weight that is 1 plus a stored
     * number it is {@link #GEMMA}, Hugging Face's norm of that.
     */
    HF,
    /** R(w · R(x / sqrt(ms + eps))): TensorRT-LLM's functional rms_norm. */
    DIV,
    /** R(w · (x · rsqrt(ms + eps))): one rounding, as TensorRT-LLM's kernel. */
    F32_WEIGHT,
    /** R(w · (x / sqrt(ms + eps))): one rounding, as ONNX Runtime's fused kernel. */
    F32_WEIGHT_DIV,
    /**
     * R((1 + w) · (x · rsqrt(ms + eps))): Gemma, whose weights are stored around 0. Of a model that
     * does not store them so, a mistake.
     */
    GEMMA
  }

  /** From the sum of N squares to their mean. */
  public enum Mean {
    /** Divided by N. */
    DIV,
    /** Times 1/N, which is rounded into {@code calc}: differs unless N is a power of two. */
    MUL
  }

  /** Where eps is added. */
  public enum Place {
    /** To the mean square, inside the root. */
    INSIDE,
    /** To the root: a mistake that is seen in ports. */
    OUTSIDE
  }

  /** The reciprocal square root. */
  public enum Rsqrt {
    /** Correctly rounded into {@code calc}. */
    CR,
    /** 1 / sqrt(x), each rounded: the CPU's, and ONNX's Sqrt and Div. */
    DIVSQRT,
    /** {@code rsqrt.approx.f32} of an H100; only with {@code calc=f32}. */
    SFU
  }

  /**
   * @throws IllegalArgumentException for a calc that is neither F32 nor F64, a GPU's rsqrt in
   *     double, or an eps outside the root of it
   */
  public NormRecipe {
    Check.calc(calc);
    Check.that(
        rsqrt != Rsqrt.SFU || (calc == Format.F32 && place == Place.INSIDE),
        "rsqrt=sfu needs calc=f32 and place=inside");
  }

  static NormRecipe keys(Keys<NormRecipe> keys) {
    Keys<NormRecipe> last = keys.branch(norm -> norm);
    Format output = last.get("out", FORMAT, NormRecipe::output);
    Form form = keys.get("form", word(Form.class), NormRecipe::form);
    Format calc = keys.shown("calc", FORMAT, NormRecipe::calc, Format.F32);
    SumOrder sum = keys.shown("sum", Value.SUM, NormRecipe::sum, new SumOrder.Exact());
    Mean mean = keys.get("mean", word(Mean.class), NormRecipe::mean, Mean.DIV);
    Optional<Double> eps = keys.get("eps", Value.NUMBER, NormRecipe::eps, Optional.empty());
    Place place = keys.get("place", word(Place.class), NormRecipe::place, Place.INSIDE);
    Rsqrt rsqrt = keys.shown("rsqrt", word(Rsqrt.class), NormRecipe::rsqrt, Rsqrt.CR);
    boolean low = keys.flag("low", NormRecipe::low);
    boolean fused = keys.flag("fused", NormRecipe::fused);
    Format weight = keys.shown("w", FORMAT, NormRecipe::weight, output);
    keys.append(last);
    return new NormRecipe(form, calc, sum, mean, eps, place, rsqrt, low, fused, weight, output);
  }
}
