package org.bitref.kernel.blocked;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.bitref.kernel.GemmKernel;
import org.bitref.kernel.GemmKernel.RightFactor;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products with a factor made ready once beside products with the part that they take. */
final class RightFactorTest {
  private static final int N = 150;
  private static final int K = 230;

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "F32; in=f32 | fma(acc=f32rne,lanes=1) | seq | none | none | cvt(f32,rne)",
        "F32; in=f32 | fma(acc=f32rne,lanes=1) | kblock(q=64,rule=mlas) | none | none |"
            + " cvt(f16,rne)",
        "F16; in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)",
        "F16; in=f16 | fda(w=16,F=25,acc=f16rne) | seq | none | none | cvt(f16,rne)",
        "F16; in=f16 | fda(w=8,F=24,acc=f16rne) | kblock(q=12,rule=mlas) | none | none |"
            + " cvt(f16,rne)",
        "F16; in=f16 | fma(acc=f16rne,lanes=1) | seq | none | none | cvt(f16,rne)",
        "BF16; in=bf16 | bf16dp(order=oddeven,ftz) | seq | none | none | cvt(bf16,rne)",
        "F32; in=f32 | exact | seq | none | none | cvt(f32,rne)"
      })
  void partsAreTheSame(DType dtype, String text) {
    GemmKernel kernel = Kernels.gemm(GemmRecipe.parse(text));
    try (Workers workers = new Workers(2)) {
      for (boolean special : new boolean[] {false, true}) {
        Random random = new Random(1);
        float[] w = values(random, N * K, special);
        Tensor whole = Tensor.ofFloats(Shape.of(N, K), w).cast(dtype);
        RightFactor ready = kernel.ready(whole, workers);
        for (int n : new int[] {1, 33, 128, N}) {
          for (int k : new int[] {1, 16, 23, 193, K}) {
            float[] part = new float[n * k];
            for (int i = 0; i < part.length; i++) {
              part[i] = (float) whole.get((long) i / k * K + i % k);
            }
            Tensor some = Tensor.ofFloats(Shape.of(n, k), part).cast(dtype);
            Tensor x = Tensor.ofFloats(Shape.of(7, k), values(random, 7 * k, special)).cast(dtype);
            Tensor expected = kernel.multiply(x, some, GemmOperands.NONE, workers);
            Tensor actual = ready.multiply(x, some, workers);
            assertEquals(expected.shape(), actual.shape());
            for (long i = 0; i < actual.elements(); i++) {
              assertEquals(expected.bits(i), actual.bits(i), n + " x " + k + " element " + i);
            }
          }
        }
      }
    }
  }

  /** Normally distributed, some of them infinite or so small that kernels have bounds for them. */
  private static float[] values(Random random, int n, boolean special) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
      if (special && random.nextInt(300) == 0) {
        values[i] = random.nextBoolean() ? Float.POSITIVE_INFINITY : 0x1p-24f;
      }
    }
    return values;
  }
}
