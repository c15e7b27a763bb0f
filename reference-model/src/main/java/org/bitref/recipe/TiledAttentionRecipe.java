package org.bitref.recipe;

import static org.bitref.recipe.Value.FORMAT;
import static org.bitref.recipe.Value.word;

import java.util.List;
import org.bitref.numerics.Format;

/**
 * Attention that never holds a whole row of scores: keys come in tiles, and what was added up under
 * an older maximum is rescaled (M. Milakov, N. Gimelshein, "Online normalizer calculation for
 * softmax", 2018; T. Dao, "FlashAttention-2", 2023). S, m, p, r and l are float32 (S has what qk
 * gives), O has the format that pv gives. For each tile
 *
 * <pre>
 * S = q·kᵀ by qk;  m' = max(m, S);  p = 2^(argument of S);  r = 2^(argument of the old m)
 * l = l·r + p, in the order of sum;  O = O·r + p·v by pv
 * </pre>
 *
 * and in the end O · (1 / l). Under a softcap c the tangent of S · (scale / c) takes the place of S
 * and c that of the scale; m starts from a sink, whose exponential is added to l in the end. Where
 * r and 1 / l meet O they are rounded into its format. Where keys are split, each range gives O ·
 * (1 / l) and the logarithm of its sum, m · scale + ln l; these weigh the ranges as
 * FlashAttention-2's combine kernel does; {@link KeySplits.Dealt} has a way of its own. Where a
 * tile has shares, each has an l and an O of its own over all tiles, under the maximum of all; in
 * the end each l is added to its neighbour's, (0 + 1) + (2 + 3) of four, and the O are added in
 * halves, (0 + 2) + (1 + 3). A query that sees no key gets zeros.
 *
 * <p>Text: {@code
 * tiled(keys=64,shares=2,order=backward,splits=fa2(sms=132,keys=128),arg=raw,exp=exp2f,
 * sum=quad(join=first,tree=butterfly),p=f16,norm=cr,out=f16,qk=(gemm),pv=(gemm))}. Left out are
 * {@code shares=1}, {@code splits=1}, a {@code masked} that is {@code arg}, a {@code depth} in
 * ascending order, {@code scale=f32} and {@code o=start}.
 *
 * <p>Known users, all read off an H100 (PyTorch 2.11, cuDNN 9.19, TensorRT 10.6), head_dim 128:
 * {@code flash_fwd_kernel} and {@code flash_fwd_splitkv_kernel} with its combine kernel; {@code
 * fmha_cutlassF_f16_aligned_64x128_rf_sm80} (memory-efficient); {@code
 * cudnn_generated_fort_native_sdpa_sm90_flash_fprop_wgmma_f16} (cuDNN), and read off an H200 its
 * {@code sm80_flash_fprop_wmma_f16}, which has the shares; {@code _gemm_mha_v2} (TensorRT). {@code
 * arg=scaled_e} is FMHA v2 as its published source has it (TensorRT-LLM, cpp/kernels/fmha_v2),
 * which no capture confirms.
 *
 * <p>Worked example, head_dim 1, {@code arg=raw,exp=ex2,p=f16,out=f32}, a key with the score 0 and
 * the value 1 in the first of two tiles, one with 1 and 2 in the second. Forward, tile one gives m
 * = 0, l = 1, O = 1, and tile two m = 1, r = e^-1 ({@code 0x3EBC5AB2}), l = r + 1, O = r + 2; O / l
 * is {@code 0x3FDD9354}. Backward, tile two gives m = 1, l = 1, O = 2, and tile one p = e^-1, which
 * is rounded to float16 for O but not for l: {@code 0x3FDD944C}.
 *
 * @param keys keys of a tile
 * @param shares into how many runs of keys, one for each warp, a tile is cut
 * @param order in which the tiles come
 * @param splits ranges of tiles that are attended to by themselves
 * @param depth in which order qk takes its terms
 * @param scale the factor of the scores
 * @param argument what 2^x is taken of
 * @param masked the same where a window hides some key: scores meet a mask tensor
 * @param power how 2^x is taken
 * @param sum in which order the exponentials are added
 * @param p what exponentials are rounded to for the second product; their sum takes them unrounded
 * @param norm how 1 / l is taken
 * @param update how O takes a tile
 * @param output format of the result
 */
public record TiledAttentionRecipe(
    int keys,
    int shares,
    Order order,
    KeySplits splits,
    ChunkOrder depth,
    Scale scale,
    Argument argument,
    Argument masked,
    Power power,
    TileSum sum,
    Format p,
    Norm norm,
    Update update,
    Format output,
    GemmRecipe qk,
    GemmRecipe pv)
    implements StageRecipe {
  /** One range: keys are not split. */
  private static final KeySplits WHOLE = new KeySplits.Fixed(1);

  private static final List<Argument> DEALT = List.of(Argument.SCALED, Argument.SCALED_TWICE);
  private static final List<Format> STATES = List.of(Format.F32, Format.F16);

  /** In which order the tiles come. */
  public enum Order {
    /** From the first key on. */
    FORWARD,
    /** From the last key back. */
    BACKWARD
  }

  /** The factor of the scores, as a rule 1/sqrt(head_dim), for head_dim 128 in brackets. */
  public enum Scale {
    /** As a float (0x3DB504F3). */
    F32,
    /** As a float16 (0x2DA8). */
    F16,
    /** head_dim^-1/4 as a float16, its square as one: a scale on q and on k, folded (0x2DA9). */
    SQRT_F16
  }

  /**
   * What 2^x is taken of, every step rounded; c is scale · log₂e as a float.
   *
   * <p>Worked example, head_dim 128, S = 35, maximum 47: a key's p is {@code 0x3EB144AC} by raw and
   * scaled, {@code 0x3EB144B4} by scaled_twice, {@code 0x3EB144B3} by scaled_e, {@code 0x3EB144AD}
   * by fma and {@code 0x3EB144AE} by fma_rz; r, from 35 to 47, is the same but {@code 0x3EB144AF}
   * by raw.
   */
  public enum Argument {
    /** S·c - m·c for a key, (m - m')·c for what was before the tile; m is a raw score. */
    RAW,
    /** Scores are multiplied by c first; then S - m and m - m'. */
    SCALED,
    /** Scores are multiplied by the scale and then by log₂e; then S - m and m - m'. */
    SCALED_TWICE,
    /** Scores are multiplied by the scale; then (S - m)·log₂e and (m - m')·log₂e. */
    SCALED_E,
    /** fma(S, c, -(m'·c)) for a key, fma(m, c, -(m'·c)) for what was before; m is a raw score. */
    FMA,
    /** The same, the FMA rounded toward zero: what fits; the instruction was not seen. */
    FMA_RZ
  }

  /** How 2^x is taken. */
  public enum Power {
    /** {@code ex2.approx.ftz.f32}. */
    EX2,
    /** CUDA's {@code exp2f}, which keeps subnormals. */
    EXP2F
  }

  /** How 1 / l is taken. */
  public enum Norm {
    /** Correctly rounded. */
    CR,
    /** {@code rcp.approx.ftz.f32}. */
    SFU
  }

  /** How O takes a tile. */
  public enum Update {
    /** O · r is rounded, and is what pv starts from. */
    START,
    /** pv starts from zero; O = fma(O, r, p·v), rounded once. */
    FMA
  }

  /**
   * @throws IllegalArgumentException for tiles that threads cannot share, splits whose logarithms
   *     are not defined, or products that are neither float32 nor float16
   */
  public TiledAttentionRecipe {
    Check.positive("shares", shares);
    int columns =
        shares * (sum instanceof TileSum.Warps warps ? warps.columns() : 2 * TileSum.THREADS);
    if (keys < 1 || keys % columns != 0 || splits.tile(keys) % columns != 0) {
      throw new IllegalArgumentException("keys= must be a multiple of " + columns);
    }
    boolean dealt = splits instanceof KeySplits.Dealt;
    List<Argument> fits = dealt ? DEALT : List.of(Argument.RAW);
    Check.that(
        splits.equals(WHOLE) || (fits.contains(argument) && fits.contains(masked)),
        dealt ? "dealt splits need arg=scaled or arg=scaled_twice" : "splits need arg=raw");
    Check.that(
        STATES.contains(qk.output()) && STATES.contains(pv.output()),
        "qk and pv must give f32 or f16");
  }

  static TiledAttentionRecipe keys(Keys<TiledAttentionRecipe> keys) {
    int tile = keys.get("keys", Value.INTEGER, TiledAttentionRecipe::keys);
    int shares = keys.get("shares", Value.INTEGER, TiledAttentionRecipe::shares, 1);
    Order order = keys.get("order", word(Order.class), TiledAttentionRecipe::order);
    KeySplits splits = keys.get("splits", Value.SPLITS, TiledAttentionRecipe::splits, WHOLE);
    ChunkOrder depth =
        keys.get("depth", Value.CHUNKS, TiledAttentionRecipe::depth, ChunkOrder.ASCENDING);
    Scale scale = keys.get("scale", word(Scale.class), TiledAttentionRecipe::scale, Scale.F32);
    Argument argument = keys.get("arg", word(Argument.class), TiledAttentionRecipe::argument);
    return new TiledAttentionRecipe(
        tile,
        shares,
        order,
        splits,
        depth,
        scale,
        argument,
        keys.get("masked", word(Argument.class), TiledAttentionRecipe::masked, argument),
        keys.get("exp", word(Power.class), TiledAttentionRecipe::power),
        keys.get("sum", Value.TILE_SUM, TiledAttentionRecipe::sum),
        keys.get("p", FORMAT, TiledAttentionRecipe::p),
        keys.get("norm", word(Norm.class), TiledAttentionRecipe::norm),
        keys.get("o", word(Update.class), TiledAttentionRecipe::update, Update.START),
        keys.get("out", FORMAT, TiledAttentionRecipe::output),
        keys.get("qk", Value.GEMM, TiledAttentionRecipe::qk),
        keys.get("pv", Value.GEMM, TiledAttentionRecipe::pv));
  }
}
