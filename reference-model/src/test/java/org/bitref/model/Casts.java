package org.bitref.model;

import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.Recipes;

/**
 * Where a forward pass rounds: results into a storage format, steps into a format to compute in.
 */
enum Casts {
  /** The preset {@code exact}: nothing is rounded but by double arithmetic itself. */
  F64("exact"),
  F32("hf-f32"),
  BF16("hf-bf16-eager"),
  F16("hf-f16-eager");

  private final String preset;

  Casts(String preset) {
    this.preset = preset;
  }

  /** The recipe of the same casts, with an exponential and an order of its sum that loops have. */
  ModelRecipe recipe() {
    String loops =
        Recipes.text(preset)
            .replace("exp=sleef,sum=lanes(16,short),quotient=rcp,", "sum=seq,")
            .replace("silu(calc=f32,exp=sleef,", "silu(calc=f32,");
    return ModelRecipe.parse(preset, loops);
  }

  /** A step of a computation. */
  double calc(double x) {
    return this == F64 ? x : (float) x;
  }

  /** A result; {@code x} comes from {@link #calc}. */
  double store(double x) {
    return switch (this) {
      case F64 -> x;
      case F32 -> (float) x;
      case F16 -> Float.float16ToFloat(Float.floatToFloat16((float) x));
      case BF16 -> bfloat16((float) x);
    };
  }

  /** The nearer of the two neighbours that keep only the upper half of the word. */
  private static double bfloat16(float x) {
    if (x == 0 || !Float.isFinite(x)) {
      return x;
    }
    int below = Float.floatToRawIntBits(x) & 0xFFFF_0000;
    double low = Float.intBitsToFloat(below);
    float high = Float.intBitsToFloat(below + 0x1_0000);
    double next = Float.isInfinite(high) ? Math.copySign(0x1p128, x) : high;
    double toLow = Math.abs(x - low);
    double toNext = Math.abs(next - x);
    boolean up = toNext < toLow || (toNext == toLow && (below & 0x1_0000) != 0);
    return up ? high : low;
  }

  /** One step of a product's sum: a fused multiply-add of floats; of doubles two operations. */
  double accumulate(double x, double w, double sum) {
    return this == F64 ? sum + x * w : Math.fma((float) x, (float) w, (float) sum);
  }

  /** The most negative finite number, which hides a key. */
  double lowest() {
    return switch (this) {
      case F64 -> -Double.MAX_VALUE;
      case F32 -> -Float.MAX_VALUE;
      case BF16 -> -0x1.FEp127;
      case F16 -> -65504;
    };
  }
}
