package org.bitref.search;

import java.util.Optional;
import org.bitref.numerics.Format;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Split;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/** Why a recipe that was found elsewhere cannot be that of a captured stage at all. */
public sealed interface Misfit {
  /** It stores another type. */
  record Stores(Format stored, Format captured) implements Misfit {}

  /** It takes operands of another type. */
  record Takes(Format in, Format operand) implements Misfit {}

  /** Without figures. */
  enum Other implements Misfit {
    /** It is a recipe for another kind of stage. */
    KIND,
    /** It adds a bias, and none is given. */
    NO_BIAS,
    /** It adds another tensor, and none is given. */
    NO_ADDEND,
    /** It multiplies a sum over several blocks of K that have scales of their own. */
    BLOCKS
  }

  /**
   * Why a recipe cannot be the stage's; empty if it can. A recipe fits operands that its own format
   * holds, and float32 ones that it rounds to 16 bits or more.
   */
  static Optional<Misfit> of(StageRecipe recipe, Captured<?> stage) {
    if (!stage.operation().kind().takes(recipe)) {
      return Optional.of(Other.KIND);
    }
    if (DType.of(recipe.output()) != stage.y().dtype()) {
      return Optional.of(
          new Stores(DType.of(recipe.output()).format().orElseThrow(), of(stage.y())));
    }
    return recipe instanceof GemmRecipe gemm && stage.operation() instanceof Product product
        ? of(gemm, product)
        : Optional.empty();
  }

  private static Optional<Misfit> of(GemmRecipe recipe, Product product) {
    if (!holds(recipe.in().x(), of(product.x()))) {
      return Optional.of(new Takes(recipe.in().x(), of(product.x())));
    }
    if (!holds(recipe.in().w(), of(product.w()))) {
      return Optional.of(new Takes(recipe.in().w(), of(product.w())));
    }
    if (product.scales().isByBlock() && scalesOverBlocks(recipe, product.scales().block())) {
      return Optional.of(Other.BLOCKS);
    }
    for (Epilogue.Step step : recipe.epilogue().steps()) {
      if (step instanceof Epilogue.AddBias && product.bias().isEmpty()) {
        return Optional.of(Other.NO_BIAS);
      }
      if (step instanceof Epilogue.AddResidual
          || (step instanceof Epilogue.Fma && product.c().isEmpty())) {
        return Optional.of(Other.NO_ADDEND);
      }
    }
    return Optional.empty();
  }

  private static boolean scalesOverBlocks(GemmRecipe recipe, int block) {
    boolean fused =
        recipe.chain() instanceof Chain.Promote promote
            && promote.fmascale()
            && recipe.split() instanceof Split.None
            && block % promote.every() == 0;
    return !fused && (recipe.scalesX() || recipe.scalesW());
  }

  private static Format of(Tensor tensor) {
    return tensor.dtype().format().orElseThrow();
  }

  private static boolean holds(Format in, Format held) {
    boolean holds =
        in.precision() >= held.precision()
            && in.emax() >= held.emax()
            && in.minSubnormal() <= held.minSubnormal();
    return holds || (held == Format.F32 && in.width() >= 16);
  }
}
