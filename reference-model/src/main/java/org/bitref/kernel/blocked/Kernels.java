package org.bitref.kernel.blocked;

import java.util.List;
import java.util.Optional;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.spec.Interpreter;
import org.bitref.numerics.Fma;
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
 * unless the system property {@code bitref.simd} is {@code off}, or {@link Fma} is no instruction:
 * vectors are then slower than plain Java.
 */
public final class Kernels {
  private static final String MODULE = "jdk.incubator.vector";
  private static final InnerLoops SCALAR = new ScalarLoops();

  /** Looked for once; by name, since their package knows this one and not the other way round. */
  private static final Optional<InnerLoops> VECTORS =
      ModuleLayer.boot().findModule(MODULE).map(_ -> vectorLoops());

  private Kernels() {}

  private static InnerLoops vectorLoops() {
    try {
      return Class.forName("org.bitref.kernel.vector.VectorLoops")
          .asSubclass(InnerLoops.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("no loops for the module " + MODULE, e);
    }
  }

  /** The fastest kernel for the recipe; the interpreter where there is no faster one. */
  public static GemmKernel gemm(GemmRecipe recipe) {
    return gemm(recipe, loops());
  }

  static GemmKernel gemm(GemmRecipe recipe, InnerLoops loops) {
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
          new BlockedGemm(recipe, loops.fma());
      case Inner.Fma(Accumulator acc, Lanes lanes)
          when acc == Accumulator.F16RNE && lanes.count() == 1 && halves(recipe) ->
          new BlockedGemm(recipe, loops.halfFma());
      case Inner.Bf16Dp pairs ->
          new BlockedGemm(
              recipe,
              pairs.order() == Inner.Bf16Dp.Order.ODDEVEN ? loops.fma().oddFirst() : loops.fma());
      case Inner.Fda fda when FdaStep.fits(fda, recipe.in()) -> {
        FdaStep step = FdaStep.of(fda, recipe.in());
        Microkernel general = loops.fda(step);
        yield new BlockedGemm(recipe, loops.decidedFda(step).orElse(general), general);
      }
      default -> interpreter(recipe);
    };
  }

  /** True if every operand is a float16 value. */
  private static boolean halves(GemmRecipe recipe) {
    List<Format> narrow = List.of(Format.F16, Format.E4M3, Format.E5M2);
    return narrow.contains(recipe.in().x()) && narrow.contains(recipe.in().w());
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
    return VECTORS.isPresent()
        && Fma.inHardware()
        && !System.getProperty("bitref.simd", "on").equals("off");
  }

  /** With vectors if kernels use them, else in plain Java. */
  public static InnerLoops loops() {
    return vectors() ? VECTORS.get() : SCALAR;
  }

  /** What the kernels run on, for example {@code AVX-512, 16 lanes}; if on scalars, why. */
  public static String describe() {
    if (VECTORS.isEmpty()) {
      return "scalar (module " + MODULE + " missing: pass --add-modules " + MODULE + " to java)";
    }
    String why = Fma.inHardware() ? "bitref.simd=off" : "no fused multiply-add in hardware";
    return loops().describe() + (vectors() ? "" : " (" + why + ")");
  }
}
