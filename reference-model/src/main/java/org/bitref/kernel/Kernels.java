package org.bitref.kernel;

import java.util.List;
import org.bitref.kernel.vector.VectorKernels;
import org.bitref.numerics.Format;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.Chain;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Lanes;

/**
 * Finds the kernel for a recipe. Which one it is changes no bit.
 *
 * <p>Vectors are used where the JVM was started with {@code --add-modules jdk.incubator.vector},
 * unless the system property {@code bitref.simd} is {@code off}.
 */
public final class Kernels {
  private static final String MODULE = "jdk.incubator.vector";

  private Kernels() {}

  /** The fastest kernel for the recipe; the interpreter where there is no faster one. */
  public static GemmKernel gemm(GemmRecipe recipe) {
    return gemm(recipe, vectors());
  }

  static GemmKernel gemm(GemmRecipe recipe, boolean vectors) {
    if (recipe.inner() instanceof Inner.Exact) {
      return new ExactGemm(recipe);
    }
    boolean floats = recipe.in().x() != Format.F64 && recipe.in().w() != Format.F64;
    boolean mergesFloats =
        !(recipe.chain() instanceof Chain.Promote promote && promote.into() == Accumulator.F64RNE);
    if (!floats || !mergesFloats) {
      return interpreter(recipe);
    }
    return switch (recipe.inner()) {
      case Inner.Fma(Accumulator acc, Lanes lanes)
          when acc == Accumulator.F32RNE && lanes.count() == 1 ->
          new BlockedGemm(recipe, fma(vectors));
      case Inner.Fma(Accumulator acc, Lanes lanes)
          when acc == Accumulator.F16RNE && lanes.count() == 1 && halves(recipe) ->
          new BlockedGemm(recipe, vectors ? VectorKernels.halfFma() : new ScalarHalfFma());
      case Inner.Bf16Dp pairs -> new BlockedGemm(recipe, new PairDotKernel(pairs, fma(vectors)));
      case Inner.Fda fda when FdaStep.fits(fda, recipe.in()) -> {
        FdaStep step = FdaStep.of(fda, recipe.in());
        if (vectors && FdaMargin.decides(step)) {
          yield new BlockedGemm(recipe, VectorKernels.halfFda(step), VectorKernels.fda(step));
        }
        yield new BlockedGemm(recipe, vectors ? VectorKernels.fda(step) : new ScalarFda(step));
      }
      default -> interpreter(recipe);
    };
  }

  /** True if every operand is a float16 value. */
  private static boolean halves(GemmRecipe recipe) {
    List<Format> narrow = List.of(Format.F16, Format.E4M3, Format.E5M2);
    return narrow.contains(recipe.in().x()) && narrow.contains(recipe.in().w());
  }

  private static Microkernel fma(boolean vectors) {
    return vectors ? VectorKernels.fma() : new ScalarFma();
  }

  /** True if there is a faster kernel than the interpreter. */
  public static boolean isFast(GemmRecipe recipe) {
    return !(gemm(recipe) instanceof Interpreter);
  }

  /**
   * The recipe's executable specification: about 10^7 products a second. Every result of {@link
   * #gemm} is equal to it bit for bit.
   */
  public static GemmKernel interpreter(GemmRecipe recipe) {
    return new Interpreter(recipe);
  }

  /** True if kernels use vectors. */
  public static boolean vectors() {
    return present() && !System.getProperty("bitref.simd", "on").equals("off");
  }

  /** What the kernels run on, for example {@code AVX-512, 16 lanes}; if on scalars, why. */
  public static String describe() {
    if (!present()) {
      return "scalar (module " + MODULE + " missing: pass --add-modules " + MODULE + " to java)";
    }
    return vectors() ? VectorKernels.describe() : "scalar (bitref.simd=off)";
  }

  private static boolean present() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }
}
