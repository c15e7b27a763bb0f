package org.bitref.search;

import java.util.List;
import java.util.Optional;
import org.bitref.numerics.Format;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.NormRecipe;
import org.bitref.recipe.StageRecipe;

/** Recipes whose result is not rounded to storage: what a runtime hands on inside itself. */
public final class StageOutputs {
  private StageOutputs() {}

  /** The recipe with a float32 result; empty if it is of a kind that is not handed on. */
  public static Optional<StageRecipe> unrounded(StageRecipe recipe) {
    return switch (recipe) {
      case GemmRecipe gemm -> Optional.of(unrounded(gemm));
      case NormRecipe norm -> Optional.of(unrounded(norm));
      default -> Optional.empty();
    };
  }

  static GemmRecipe unrounded(GemmRecipe r) {
    Epilogue epilogue = r.epilogue().onlyCvt().isPresent() ? new Epilogue(List.of()) : r.epilogue();
    return new GemmRecipe(r.in(), r.inner(), r.chain(), r.split(), r.combine(), epilogue);
  }

  private static NormRecipe unrounded(NormRecipe r) {
    return new NormRecipe(
        r.form(),
        r.calc(),
        r.sum(),
        r.mean(),
        r.eps(),
        r.place(),
        r.rsqrt(),
        r.low(),
        r.fused(),
        r.weight(),
        Format.F32);
  }
}
