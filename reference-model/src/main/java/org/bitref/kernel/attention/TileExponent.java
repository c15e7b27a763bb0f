package org.bitref.kernel.attention;

import java.util.OptionalDouble;
import org.bitref.functions.CudaMath;
import org.bitref.functions.Sfu;
import org.bitref.functions.Tanh;
import org.bitref.kernel.spec.Arithmetic;
import org.bitref.numerics.Fma;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.recipe.TiledAttentionRecipe;
import org.bitref.recipe.TiledAttentionRecipe.Argument;
import org.bitref.recipe.TiledAttentionRecipe.Power;
import org.bitref.recipe.TiledAttentionRecipe.Scale;

/**
 * From scores to exponentials, as {@link Argument} words it.
 *
 * <p>Capped scores are cap · tanh(S · scale / cap): that tangent takes the place of S, and the cap
 * that of the scale, as in FlashAttention-2 ({@code set_params_fprop} in flash_api.cpp and {@code
 * apply_softcap}), but correctly rounded.
 *
 * @param inner scale / cap, what S is multiplied by before the tangent; empty without a cap
 * @param scale the function's, as the recipe has it; with a cap, that
 * @param c scale · log₂e
 */
record TileExponent(Argument argument, Power power, OptionalDouble inner, float scale, float c) {
  private static final double LOG2_E = 1.4426950408889634;
  static final float LOG2_E_FLOAT = (float) LOG2_E;

  /**
   * @param masked true where scores meet a mask tensor
   */
  static TileExponent of(TiledAttentionRecipe recipe, AttentionFunction function, boolean masked) {
    float scale = scale(recipe.scale(), function.scale());
    OptionalDouble inner = OptionalDouble.empty();
    if (function.softcap().isPresent()) {
      float cap = (float) function.softcap().getAsDouble();
      inner = OptionalDouble.of(scale / cap);
      scale = cap;
    }
    float c = (float) (scale * LOG2_E);
    Argument argument = masked ? recipe.masked() : recipe.argument();
    return new TileExponent(argument, recipe.power(), inner, scale, c);
  }

  private static float scale(Scale format, double scale) {
    return switch (format) {
      case F32 -> (float) scale;
      case F16 -> half(scale);
      case SQRT_F16 -> {
        float root = half(Math.sqrt(scale));
        yield half(root * root);
      }
    };
  }

  private static float half(double x) {
    return (float) Format.F16.round(x, Rounding.RNE);
  }

  /** The score of which maxima are taken. */
  float score(float s) {
    float raw = inner.isEmpty() ? s : Tanh.of(s * (float) inner.getAsDouble());
    return switch (argument) {
      case RAW, FMA, FMA_RZ -> raw;
      case SCALED -> raw * c;
      case SCALED_TWICE -> raw * scale * LOG2_E_FLOAT;
      case SCALED_E -> raw * scale;
    };
  }

  /** A sink as such a score; it is neither scaled nor capped. */
  float sink(double logit) {
    float sink = (float) logit;
    return switch (argument) {
      case RAW, FMA, FMA_RZ -> sink / scale;
      case SCALED, SCALED_TWICE -> sink * LOG2_E_FLOAT;
      case SCALED_E -> sink;
    };
  }

  /** A key's exponential; a hidden key's score is -infinity. */
  float of(float score, float max) {
    return power(
        switch (argument) {
          case RAW -> score * c - max * c;
          case SCALED, SCALED_TWICE -> score - max;
          case SCALED_E -> (score - max) * LOG2_E_FLOAT;
          case FMA -> Fma.of(score, c, -(max * c));
          case FMA_RZ -> towardZero(score, -(max * c));
        });
  }

  /** score · c + addend. */
  private float towardZero(float score, float addend) {
    return (float) Arithmetic.fma(score, c, addend, x -> Format.F32.round(x, Rounding.RZ));
  }

  /**
   * The factor of what was added up under an older maximum; 1 where nothing was. Under FMA it need
   * not be 1 where the maximum stays, for what rounding max · c lost is left over.
   */
  float rescale(float old, float max) {
    if (old == Float.NEGATIVE_INFINITY) {
      return 1;
    }
    return argument == Argument.RAW ? power((old - max) * c) : of(old, max);
  }

  private float power(float x) {
    return switch (power) {
      case EX2 -> Sfu.ex2(x);
      case EXP2F -> CudaMath.exp2f(x);
    };
  }
}
