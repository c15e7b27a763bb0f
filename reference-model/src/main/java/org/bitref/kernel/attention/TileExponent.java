package org.bitref.kernel.attention;

import org.bitref.functions.CudaMath;
import org.bitref.functions.Sfu;
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
 * @param scale 1/sqrt(head_dim), as the recipe has it
 * @param c scale · log₂e
 */
record TileExponent(Argument argument, Power power, float scale, float c) {
  private static final double LOG2_E = 1.4426950408889634;
  private static final float LOG2_E_FLOAT = (float) LOG2_E;

  static TileExponent of(TiledAttentionRecipe recipe, int d) {
    float scale = scale(recipe.scale(), d);
    return new TileExponent(recipe.argument(), recipe.power(), scale, (float) (scale * LOG2_E));
  }

  private static float scale(Scale scale, int d) {
    return switch (scale) {
      case F32 -> (float) (1 / Math.sqrt(d));
      case F16 -> half(1 / Math.sqrt(d));
      case SQRT_F16 -> {
        float root = half(1 / Math.sqrt(Math.sqrt(d)));
        yield half(root * root);
      }
    };
  }

  private static float half(double x) {
    return (float) Format.F16.round(x, Rounding.RNE);
  }

  /** The score of which maxima are taken. */
  float score(float s) {
    return switch (argument) {
      case RAW, FMA, FMA_RZ -> s;
      case SCALED -> s * c;
      case SCALED_TWICE -> s * scale * LOG2_E_FLOAT;
      case SCALED_E -> s * scale;
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
