package org.bitref.recipe;

import static org.bitref.recipe.Value.FORMAT;
import static org.bitref.recipe.Value.word;

import org.bitref.numerics.Format;

/**
 * Attention over whole rows, step by step: scores = q · kᵀ by {@code qk}; times the scale, as a
 * rule 1/sqrt(head_dim), rounded into {@code score}; capped, if they are, in three steps rounded
 * into {@code score}; plus the mask (0 or the most negative finite value of {@code score}), rounded
 * into {@code score}; the softmax of whole rows with their sink, if there is one, which is rounded
 * into {@code score} and comes last, rounded into its output {@code p}; times v by {@code pv}.
 *
 * <p>Text: {@code attention(score=bf16,calc=f32,exp=sleef,sum=lanes(16,short),quotient=rcp,
 * p=bf16,qk=(gemm),pv=(gemm))}, with the keys of a {@link SoftmaxRecipe}; products may depend on
 * the number of keys ({@link AlignedProduct}); {@code scale=score} and a {@code factor} that is
 * {@code calc} are left out.
 *
 * <p>Worked example of the factor, D = 128: 1/sqrt(128) is {@code 0x3DB504F3} in float32, and
 * {@code factor=f16} makes it {@code 0x2DA8}, which is {@code 0x3DB50000}.
 *
 * @param score format of the scores from the scaling to the softmax
 * @param scale where the scale is multiplied in
 * @param factor format in which the factor that is multiplied in is held, and a softcap
 */
public record AttentionRecipe(
    Format score,
    Scale scale,
    Format factor,
    SoftmaxRecipe softmax,
    AlignedProduct qk,
    AlignedProduct pv)
    implements StageRecipe {

  /** Where the scale is multiplied in; the product is rounded into {@code score}. */
  public enum Scale {
    /** On the rounded scores. */
    SCORE,
    /** On q, before the product. */
    Q,
    /** Its square root on q and on k: PyTorch's "math" attention and its ONNX export. */
    SQRT
  }

  @Override
  public Format output() {
    return pv.recipes().getFirst().output();
  }

  static AttentionRecipe keys(Keys<AttentionRecipe> keys) {
    Keys<SoftmaxRecipe> row = keys.branch(AttentionRecipe::softmax);
    SoftmaxRecipe softmax = SoftmaxRecipe.keys(row, "p");
    Format score = keys.get("score", FORMAT, AttentionRecipe::score);
    Scale scale = keys.get("scale", word(Scale.class), AttentionRecipe::scale, Scale.SCORE);
    Format factor = keys.get("factor", FORMAT, AttentionRecipe::factor, softmax.calc());
    keys.append(row);
    AlignedProduct qk = keys.get("qk", Value.ALIGNED, AttentionRecipe::qk);
    AlignedProduct pv = keys.get("pv", Value.ALIGNED, AttentionRecipe::pv);
    return new AttentionRecipe(score, scale, factor, softmax, qk, pv);
  }
}
