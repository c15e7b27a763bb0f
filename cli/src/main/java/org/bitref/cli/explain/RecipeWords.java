package org.bitref.cli.explain;

import java.util.Optional;
import org.bitref.numerics.Format;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.recipe.Combine;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.PointRecipe;
import org.bitref.recipe.RopeRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.recipe.TiledAttentionRecipe;

/** What a recipe does, in words, and how to get another. */
final class RecipeWords {
  private RecipeWords() {}

  /** The part of a recipe that people look for first. */
  static String of(StageRecipe recipe) {
    return switch (recipe) {
      case GemmRecipe gemm -> gemm(gemm);
      case NormRecipe norm -> norm(norm);
      case RopeRecipe rope ->
          switch (rope.form()) {
            case HF -> "three roundings";
            case EDGE -> "one rounding";
            case EDGE_FMA -> "one rounding, fused multiply-add";
            case HALF_FMA -> "a rounded product and a half-precision fused multiply-add";
          };
      case PointRecipe point -> point(point);
      case AttentionRecipe rows -> "whole rows, scores in " + name(rows.score());
      case TiledAttentionRecipe tiled -> "tiles of " + tiled.keys() + " keys";
      default -> recipe.text();
    };
  }

  private static String gemm(GemmRecipe gemm) {
    String accumulator = name(gemm.inner().format()) + " accumulator";
    String inner =
        switch (gemm.inner()) {
          case Inner.Fda fda -> accumulator + ", a rounding per " + fda.w() + " terms";
          case Inner.Fma _ -> accumulator + ", fused multiply-adds";
          case Inner.Exact _ -> "exact sum";
          default -> accumulator;
        };
    String tf32 = gemm.in().x() == Format.TF32 ? ", operands cut to TF32" : "";
    String split =
        gemm.combine() instanceof Combine.Sum sum
            ? ", split K with " + name(sum.partial()) + " partial sums"
            : "";
    return inner + tf32 + split + between(gemm);
  }

  /** A rounding to a shorter format than that of the output. */
  private static String between(GemmRecipe gemm) {
    int stored = gemm.epilogue().output().map(Format::precision).orElse(0);
    return gemm.epilogue().steps().stream()
        .filter(step -> step instanceof Epilogue.Cvt && step.format().precision() < stored)
        .findFirst()
        .map(step -> ", rounded to " + name(step.format()) + " on the way")
        .orElse("");
  }

  private static String norm(NormRecipe norm) {
    String form =
        switch (norm.form()) {
          case HF -> "rounds before it multiplies by the weight";
          case DIV -> "divides, rounds before it multiplies by the weight";
          case F32_WEIGHT -> "one rounding, after the weight";
          case F32_WEIGHT_DIV -> "divides, one rounding, after the weight";
          case GEMMA -> "weight is 1 + w, one rounding";
        };
    String root =
        switch (norm.rsqrt()) {
          case CR -> "rsqrt correctly rounded";
          case DIVSQRT -> "1 / sqrt";
          case SFU -> "the GPU's rsqrt";
        };
    return (norm.low() ? "every step in " + name(norm.output()) + ", " : "") + form + ", " + root;
  }

  private static String point(PointRecipe point) {
    return switch (point.form()) {
      case DIV -> "one rounding";
      case MUL -> "a rounded sigmoid and a product";
      case LOW -> "every step of the sigmoid rounded";
      case TANH -> "every step rounded";
      case TANH_FMA -> "a fused multiply-add before the tangent";
    };
  }

  private static String name(Format format) {
    return switch (format) {
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      case F32 -> "float32";
      case F64 -> "float64";
      default -> format.name();
    };
  }

  /** What would bring a system with this recipe nearer the exact result; empty for nothing. */
  static Optional<Advice> advice(StageRecipe recipe) {
    return switch (recipe) {
      case GemmRecipe gemm when gemm.inner().format() == Format.F16 ->
          advice(
              "cast the MatMul's inputs to FP32 and its result back, which forces float32"
                  + " accumulation (TensorRT honours the casts in a strongly typed network)",
              "nothing on data centre GPUs, which add in float32 as fast; half the rate of these"
                  + " products on GeForce");
      case GemmRecipe gemm
          when gemm.combine() instanceof Combine.Sum(Format partial, _, _)
              && partial == Format.F16 ->
          advice(
              "keep float16 partial sums of split K out"
                  + " (PyTorch: allow_fp16_reduced_precision_reduction = False)",
              "twice the memory for partial sums");
      case GemmRecipe gemm when !between(gemm).isEmpty() ->
          advice("take the cast to a shorter type out, unless the model has it", "nothing");
      case GemmRecipe gemm when gemm.in().x() == Format.TF32 ->
          advice(
              "switch TF32 off (TensorRT: clear the TF32 builder flag; PyTorch: allow_tf32"
                  + " = False)",
              "float32 products leave the tensor cores: about an eighth of the rate");
      case NormRecipe norm when norm.low() ->
          advice(
              "build strongly typed, so that the norm's steps stay in float32",
              "next to nothing: memory limits a norm");
      case PointRecipe point when point.form() != PointRecipe.Form.DIV ->
          advice(
              "cast to FP32 around the activation",
              "next to nothing where it is fused; else it is read and written once more");
      default -> Optional.empty();
    };
  }

  private static Optional<Advice> advice(String words, String cost) {
    return Optional.of(new Advice(words, Optional.of(cost)));
  }
}
