package org.bitref.recipe;

import static org.bitref.recipe.Kinds.kind;

import java.util.List;

/**
 * What a recipe's text is made of: for each place the parts that may stand there. The keys of a
 * part, with their defaults, are in its own {@code keys} function. The docs describe the same in
 * {@code recipes.md}.
 */
final class Grammar {
  static final Kinds<Inner> INNER =
      new Kinds<>(
          "expected one of fda(...) fma(...) muladd(...) bf16dp(...) exact",
          List.of(
              kind("fda", Inner.Fda.class, Inner.Fda::keys),
              kind("fma", Inner.Fma.class, Inner.Fma::keys),
              kind("muladd", Inner.MulAdd.class, Inner.MulAdd::keys),
              kind("bf16dp", Inner.Bf16Dp.class, Inner.Bf16Dp::keys),
              kind("exact", new Inner.Exact())));

  static final Kinds<Chain> CHAIN =
      new Kinds<>(
          "expected one of seq sliced(...) promote(...) kblock(...)",
          List.of(
              kind("seq", new Chain.Seq()),
              kind("sliced", Chain.Sliced.class, Chain.Sliced::keys),
              kind("promote", Chain.Promote.class, Chain.Promote::keys),
              kind("kblock", Chain.KBlock.class, Chain.KBlock::keys)));

  static final Kinds<Split> SPLIT =
      new Kinds<>(
          "expected one of none splitk(...) cyclic(...) even(...) bounds(...) streamk(...)",
          List.of(
              kind("none", new Split.None()),
              kind("splitk", Split.SplitK.class, Split.SplitK::keys),
              kind("cyclic", Split.Cyclic.class, Split.Cyclic::keys),
              kind("even", Split.Even.class, Split.Even::keys),
              kind("streamk", Split.StreamK.class, Split.StreamK::keys)));

  static final Kinds<SumOrder> SUM =
      new Kinds<>(
          "\"%s\" is none of exact seq cascade(...) lanes(...) halves(...) torchcuda"
              + " torchsoftmax(...)",
          List.of(
              kind("exact", new SumOrder.Exact()),
              kind("seq", new SumOrder.Sequential()),
              kind("cascade", SumOrder.Cascade.class, SumOrder.Cascade::keys),
              kind("lanes", SumOrder.Lanes.class, SumOrder.Lanes::keys),
              kind("halves", SumOrder.Halves.class, SumOrder.Halves::keys),
              kind("torchcuda", new SumOrder.TorchCuda()),
              kind("torchsoftmax", SumOrder.TorchSoftmax.class, SumOrder.TorchSoftmax::keys)));

  static final Kinds<TileSum> TILE_SUM =
      new Kinds<>(
          "\"%s\" is none of quad(...) warps(...)",
          List.of(
              kind("quad", TileSum.Quad.class, TileSum.Quad::keys),
              kind("warps", TileSum.Warps.class, TileSum.Warps::keys)));

  static final Kinds<StageRecipe> STAGE =
      new Kinds<>(
          "unknown kind \"%s\"; known are a GEMM (six fields with |), bysize, norm, ropetable,"
              + " rope, attention, tiled, softmax, cast, add, mul, silu, gelu",
          List.of(
              kind("bysize", BySize.class, BySize::keys),
              kind("norm", NormRecipe.class, NormRecipe::keys),
              kind("ropetable", RopeTableRecipe.class, RopeTableRecipe::keys),
              kind("rope", RopeRecipe.class, RopeRecipe::keys),
              kind("attention", AttentionRecipe.class, AttentionRecipe::keys),
              kind("tiled", TiledAttentionRecipe.class, TiledAttentionRecipe::keys),
              kind("softmax", SoftmaxRecipe.class, keys -> SoftmaxRecipe.keys(keys, "out")),
              PointRecipe.Kind.CAST.keys(),
              PointRecipe.Kind.ADD.keys(),
              PointRecipe.Kind.MUL.keys(),
              PointRecipe.Kind.SILU.keys(),
              PointRecipe.Kind.GELU.keys()));

  private Grammar() {}
}
