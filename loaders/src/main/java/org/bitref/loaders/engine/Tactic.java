package org.bitref.loaders.engine;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.numerics.Format;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Hardware;
import org.bitref.recipe.Sizes;

/**
 * What the name of a matrix kernel says of its arithmetic, for example {@code
 * sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize64x64x64_stage4_warpsize2x2x1_tensor16x8x16}: the
 * types of both operands, then those of the result and of the accumulator. Its sums are those of
 * Hopper's tensor cores, which Blackwell's equal in 16 bits.
 *
 * @param in format of the operands
 * @param acc format of the sums
 * @param out format of the result
 * @param tile M, N and K of a block's tile; empty where the name has none
 * @param splits true for a kind of kernel that was seen to split K, which no name tells
 */
record Tactic(Format in, Format acc, Format out, List<Integer> tile, boolean splits) {
  private static final Pattern TYPES =
      Pattern.compile("gemm_(f16|bf16|f32)\\1_(f16|bf16|tf32|f32)(f16|f32)_");

  private static final Pattern TILE =
      Pattern.compile("tilesize(\\d{1,5})x(\\d{1,5})x(\\d{1,5})(?!\\d)");

  private static final String CHIP = "hopper";

  /** Empty for a name of another kind. */
  static Optional<Tactic> of(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    Matcher types = TYPES.matcher(lower);
    if (!types.find()) {
      return Optional.empty();
    }
    boolean tf32 = types.group(2).equals("tf32");
    Matcher tile = TILE.matcher(lower);
    List<Integer> sizes =
        tile.find()
            ? List.of(number(tile, 1), number(tile, 2), number(tile, 3))
            : List.<Integer>of();
    return Optional.of(
        new Tactic(
            tf32 ? Format.TF32 : format(types.group(1)),
            format(types.group(3)),
            tf32 ? Format.F32 : format(types.group(2)),
            sizes,
            lower.startsWith("sm80_")));
  }

  private static int number(Matcher matcher, int group) {
    return Math.max(1, Integer.parseInt(matcher.group(group)));
  }

  private static Format format(String word) {
    return Format.valueOf(word.toUpperCase(Locale.ROOT));
  }

  /** Into how many slices K is probably cut: as many as there are idle multiprocessors for. */
  int slices(Sizes sizes) {
    if (!splits || tile.isEmpty()) {
      return 1;
    }
    long blocks =
        sizes.batch()
            * Math.ceilDiv(sizes.m(), (long) tile.get(0))
            * Math.ceilDiv(sizes.n(), (long) tile.get(1));
    long most = Math.ceilDiv(sizes.k(), (long) tile.get(2));
    return (int) Math.clamp(Hardware.MULTIPROCESSORS / blocks, 1, most);
  }

  /**
   * The product that the name says; empty if no chip is known to sum so.
   *
   * @param slices of K: 1 if it is not cut
   */
  Optional<GemmRecipe> recipe(int slices) {
    return inner().map(inner -> GemmRecipe.parse(text(inner, slices)));
  }

  private String text(String inner, int slices) {
    String sum = word(acc);
    String split = slices == 1 ? "none" : "cyclic(s=%s,bk=%s)".formatted(slices, tile.get(2));
    String combine = slices == 1 ? "none" : "partial=%s,order=fwd,add=%srne".formatted(sum, sum);
    String input = "in=" + word(in) + (in == Format.TF32 ? ",tf32=rne" : "");
    return String.join(" | ", input, inner, "seq", split, combine, "cvt(" + word(out) + ",rne)");
  }

  /** Tensor cores take no float32 operands: those are multiplied and added one by one. */
  private Optional<String> inner() {
    if (in == Format.F32) {
      return acc == Format.F32 ? Optional.of("fma(acc=f32rne,lanes=1)") : Optional.empty();
    }
    return Hardware.rows().stream()
        .filter(row -> row.chip().equals(CHIP) && row.in() == in)
        .filter(row -> holds(row.fda().acc()))
        .map(row -> row.fda().text())
        .findFirst();
  }

  private boolean holds(Accumulator register) {
    return acc == Format.F16 ? register == Accumulator.F16RNE : register != Accumulator.F16RNE;
  }

  private static String word(Format format) {
    return format.name().toLowerCase(Locale.ROOT);
  }
}
