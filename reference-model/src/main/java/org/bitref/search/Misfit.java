package org.bitref.search;

import java.util.Locale;
import java.util.Optional;
import org.bitref.numerics.Format;
import org.bitref.operation.Captured;
import org.bitref.operation.Product;
import org.bitref.recipe.Epilogue;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Tensor;

/** Whether a recipe that was found elsewhere can be that of a captured stage at all. */
public final class Misfit {
  private Misfit() {}

  /**
   * Why a recipe of the stage's kind cannot be the stage's, in a few words; empty if it can. A
   * recipe fits operands that its own format holds, and float32 ones that it rounds to 16 bits or
   * more.
   */
  public static Optional<String> of(StageRecipe recipe, Captured<?> stage) {
    DType stored = DType.of(recipe.output());
    if (stored != stage.y().dtype()) {
      return Optional.of("stores " + name(stored) + ", not " + name(stage.y().dtype()));
    }
    return recipe instanceof GemmRecipe gemm && stage.operation() instanceof Product product
        ? misfit(gemm, product)
        : Optional.empty();
  }

  private static Optional<String> misfit(GemmRecipe recipe, Product product) {
    if (!takes(recipe.in().x(), product.x())) {
      return Optional.of(operands(recipe.in().x(), product.x()));
    }
    if (!takes(recipe.in().w(), product.w())) {
      return Optional.of(operands(recipe.in().w(), product.w()));
    }
    for (Epilogue.Step step : recipe.epilogue().steps()) {
      if (step instanceof Epilogue.AddBias && product.bias().isEmpty()) {
        return Optional.of("adds a bias, and none is given");
      }
      if (step instanceof Epilogue.AddResidual
          || (step instanceof Epilogue.Fma && product.c().isEmpty())) {
        return Optional.of("adds another tensor, and none is given");
      }
    }
    return Optional.empty();
  }

  private static boolean takes(Format in, Tensor operand) {
    Format held = operand.dtype().format().orElseThrow();
    boolean holds =
        in.precision() >= held.precision()
            && in.emax() >= held.emax()
            && in.minSubnormal() <= held.minSubnormal();
    return holds || (held == Format.F32 && in.width() >= 16);
  }

  private static String operands(Format in, Tensor operand) {
    return "takes "
        + in.name().toLowerCase(Locale.ROOT)
        + " operands, not "
        + name(operand.dtype());
  }

  private static String name(DType type) {
    return type.format().orElseThrow().name().toLowerCase(Locale.ROOT);
  }
}
