package org.bitref.kernel.stage;

import org.bitref.recipe.TiledAttentionRecipe.Argument;
import org.bitref.recipe.TiledAttentionRecipe.Power;
import org.bitref.sfu.CudaMath;
import org.bitref.sfu.Sfu;

/**
 * From scores to exponentials, as {@link Argument} words it.
 *
 * @param scale 1/sqrt(head_dim)
 * @param c scale · log₂e
 */
record TileExponent(Argument argument, Power power, float scale, float c) {
  private static final double LOG2_E = 1.4426950408889634;

  static TileExponent of(Argument argument, Power power, int d) {
    float scale = (float) (1 / Math.sqrt(d));
    return new TileExponent(argument, power, scale, (float) (scale * LOG2_E));
  }

  /** The score of which maxima are taken. */
  float score(float s) {
    return switch (argument) {
      case RAW -> s;
      case SCALED -> s * c;
      case SCALED_TWICE -> s * scale * (float) LOG2_E;
    };
  }

  /** A key's exponential; a hidden key's score is -infinity. */
  float of(float score, float max) {
    return power(argument == Argument.RAW ? score * c - max * c : score - max);
  }

  /** The factor of what was added up under an older maximum; 1 where nothing was. */
  float rescale(float old, float max) {
    if (old == max || old == Float.NEGATIVE_INFINITY) {
      return 1;
    }
    return power(argument == Argument.RAW ? (old - max) * c : old - max);
  }

  private float power(float x) {
    return switch (power) {
      case EX2 -> Sfu.ex2(x);
      case EXP2F -> CudaMath.exp2f(x);
    };
  }
}
