package org.bitref.kernel.attention;

import java.util.Random;
import org.bitref.kernel.row.Rows;
import org.bitref.numerics.BFloat16;
import org.bitref.recipe.AttentionRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** What tests of attention over whole rows compute with. */
final class EagerCase {
  private EagerCase() {}

  /** Scores, probabilities and results in one format, sums in float32 in the order of k. */
  static AttentionRecipe recipe(String format) {
    String gemm =
        "(in=F | fma(acc=f32rne,lanes=1) | seq | none | none | cvt(F,rne))".replace("F", format);
    return Rows.recipe(
        AttentionRecipe.class,
        "attention(score=F,sum=seq,p=F,qk=%s,pv=%s)".replace("F", format).formatted(gemm, gemm));
  }

  static Tensor random(long seed, DType dtype, long... dims) {
    int n = (int) Shape.of(dims).elements();
    return Tensor.ofFloats(Shape.of(dims), Rows.wide(new Random(seed), n, 1)).cast(dtype);
  }

  /** Rounded to float32, then to a narrower type. */
  static float store(double x, DType dtype) {
    return switch (dtype) {
      case F32 -> (float) x;
      case F16 -> Float.float16ToFloat(Float.floatToFloat16((float) x));
      default -> BFloat16.toFloat(BFloat16.fromFloat((float) x));
    };
  }
}
