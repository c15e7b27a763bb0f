package org.bitref.kernel.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Random;
import org.bitref.functions.CudaMath;
import org.bitref.kernel.Workers;
import org.bitref.numerics.BFloat16;
import org.bitref.recipe.NormRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every form of the norm against its formula in float arithmetic, bit for bit. */
final class NormKernelTest {
  private static final MathContext DIGITS = new MathContext(80);
  private static final float EPS = 1e-6f;

  /** What a test stores in. */
  private enum Store {
    F32,
    BF16,
    F16;

    float round(float x) {
      return switch (this) {
        case F32 -> x;
        case BF16 -> BFloat16.toFloat(BFloat16.fromFloat(x));
        case F16 -> Float.float16ToFloat(Float.floatToFloat16(x));
      };
    }

    String word() {
      return this == F32 ? "f32" : this == BF16 ? "bf16" : "f16";
    }
  }

  /** One over the root, rounded to nearest from 80 digits. */
  private static float reciprocalRoot(float x) {
    if (x == 0 || !Float.isFinite(x)) {
      return (float) (1 / Math.sqrt(x));
    }
    BigDecimal root = new BigDecimal(x).sqrt(DIGITS);
    return BigDecimal.ONE.divide(root, DIGITS).floatValue();
  }

  private static float[] formula(
      float[] x, float[] w, NormRecipe.Form form, NormRecipe.Rsqrt rsqrt, Store store) {
    float sum = 0;
    for (float v : x) {
      sum += v * v;
    }
    float radicand = sum / x.length + EPS;
    float root = (float) Math.sqrt(radicand);
    float r =
        switch (rsqrt) {
          case CR -> reciprocalRoot(radicand);
          case DIVSQRT -> 1 / root;
          case SFU -> CudaMath.rsqrtf(radicand);
        };
    float[] y = new float[x.length];
    for (int i = 0; i < y.length; i++) {
      float weight = store.round(w[i]);
      y[i] =
          store.round(
              switch (form) {
                case HF -> weight * store.round(x[i] * r);
                case DIV -> weight * store.round(x[i] / root);
                case F32_WEIGHT -> weight * (x[i] * r);
                case F32_WEIGHT_DIV -> weight * (x[i] / root);
                case GEMMA -> (1 + weight) * (x[i] * r);
              });
    }
    return y;
  }

  /** Rows of one width that make trouble. */
  private static float[][] rows(Random random, int width) {
    float[][] rows = new float[12][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Rows.wide(random, width, i % 3 * 6);
    }
    Arrays.fill(rows[0], 0);
    Arrays.fill(rows[1], -0.0f);
    Arrays.fill(rows[2], Float.MIN_VALUE * 3);
    Arrays.fill(rows[3], -0x1p-130f);
    Arrays.fill(rows[4], 0x1p70f);
    rows[5][0] = Float.NaN;
    rows[6][0] = Float.POSITIVE_INFINITY;
    rows[7][width - 1] = Float.NEGATIVE_INFINITY;
    rows[8][width / 2] = 3e38f;
    Arrays.fill(rows[9], 1000);
    return rows;
  }

  @ParameterizedTest
  @EnumSource
  void everyFormIsItsFormula(NormRecipe.Form form) {
    Random random = new Random(5);
    for (int width : new int[] {1, 3, 128, 2560}) {
      float[] w = Rows.wide(random, width, 1);
      w[0] = -0.0f;
      float[][] rows = rows(random, width);
      float[] flat = new float[rows.length * width];
      for (int r = 0; r < rows.length; r++) {
        System.arraycopy(rows[r], 0, flat, r * width, width);
      }
      Tensor x = Tensor.ofFloats(Shape.of(rows.length, width), flat);
      for (NormRecipe.Rsqrt rsqrt : NormRecipe.Rsqrt.values()) {
        for (Store store : Store.values()) {
          String text =
              String.format(
                  "norm(form=%s,sum=seq,rsqrt=%s,out=%s)",
                  form.name().toLowerCase(java.util.Locale.ROOT),
                  rsqrt.name().toLowerCase(java.util.Locale.ROOT),
                  store.word());
          NormKernel kernel = new NormKernel(Rows.recipe(NormRecipe.class, text), 1e-6);
          Tensor y = kernel.run(x, Rows.floats(w), x.shape(), Rows.ALONE);
          for (int r = 0; r < rows.length; r++) {
            Tensor row = y.rows(r, r + 1);
            Rows.assertSame(
                formula(rows[r], w, form, rsqrt, store), row, text + " " + width + " row " + r);
          }
        }
      }
    }
  }

  /** With exact sums and doubles, the reciprocal root is still the nearest to the true one. */
  @Test
  void theReciprocalRootOfDoublesIsCorrectlyRounded() {
    NormRecipe recipe =
        Rows.recipe(NormRecipe.class, "norm(form=f32_weight,calc=f64,sum=exact,rsqrt=cr,out=f64)");
    NormKernel kernel = new NormKernel(recipe, 0);
    Random random = new Random(6);
    for (int i = 0; i < 1500; i++) {
      double x = Math.scalb(1 + random.nextDouble(), random.nextInt(-400, 400));
      double square = x * x;
      BigDecimal root = new BigDecimal(square).sqrt(DIGITS);
      double r = BigDecimal.ONE.divide(root, DIGITS).doubleValue();
      Tensor y = kernel.run(one(x), one(1), Shape.of(1), Rows.ALONE);
      Rows.assertSame(x * r, y.get(0), "seed 6, x = " + x);
    }
    Rows.assertSame(Double.NaN, kernel.run(one(0), one(1), Shape.of(1), Rows.ALONE).get(0), "0");
    Tensor huge = kernel.run(one(0x1p600), one(1), Shape.of(1), Rows.ALONE);
    Rows.assertSame(0, huge.get(0), "a square that overflows");
  }

  private static Tensor one(double x) {
    return Tensor.ofDoubles(Shape.of(1), x);
  }

  /** The weight is rounded into its own format before use, and eps into the format computed in. */
  @Test
  void weightAndEpsAreRoundedFirst() {
    Tensor x = Rows.floats(1, 1);
    Tensor w = Rows.floats(1.0040f, 1.0038f);
    NormRecipe recipe = Rows.recipe(NormRecipe.class, "norm(form=f32_weight_div,w=bf16,out=f32)");
    Tensor y = new NormKernel(recipe, 0).run(x, w, Shape.of(2), Rows.ALONE);
    Rows.assertSame(new float[] {1.0078125f, 1}, y, "weights");
    Tensor eps =
        new NormKernel(recipe, 1e-6)
            .run(Rows.floats(0x1p-40f), Rows.floats(1), Shape.of(1), Rows.ALONE);
    float root = (float) Math.sqrt(0x1p-80f + 1e-6f);
    Rows.assertSame(0x1p-40f / root, eps.get(0), "eps");
  }

  @Test
  void rowsAreIndependentAndTheShapeIsTheCallers() {
    Random random = new Random(8);
    float[] values = Rows.wide(random, 40 * 8, 3);
    Tensor x = Tensor.ofFloats(Shape.of(1, 40, 8), values);
    Tensor w = Rows.floats(Rows.wide(random, 8, 0));
    NormKernel kernel =
        new NormKernel(Rows.recipe(NormRecipe.class, "norm(form=hf,out=bf16)"), 1e-6);
    Shape shape = Shape.of(1, 20, 2, 8);
    try (Workers three = new Workers(3)) {
      Tensor all = kernel.run(x, w, shape, three);
      assertEquals(shape, all.shape());
      assertEquals(DType.BF16, all.dtype());
      for (int r = 0; r < 40; r++) {
        Tensor row = x.slice(8L * r, Shape.of(8));
        Tensor alone = kernel.run(row, w, Shape.of(8), Rows.ALONE);
        for (int i = 0; i < 8; i++) {
          assertEquals(alone.bits(i), all.bits(8L * r + i), "row " + r);
        }
      }
    }
  }

  /** The example of {@link NormRecipe}. */
  @Test
  void oneAndThree() {
    NormRecipe recipe = Rows.recipe(NormRecipe.class, "norm(form=hf,out=f16)");
    NormKernel kernel = new NormKernel(recipe, 0);
    Tensor x = Rows.floats(1, 3);
    Tensor mean = kernel.meanSquares(x, 2, Rows.ALONE);
    assertEquals(5, mean.get(0));
    assertEquals(0x3EE4F92E, kernel.reciprocalRoots(mean).bits(0));
    Tensor y = kernel.run(x, Rows.floats(1, 1), Shape.of(2), Rows.ALONE);
    assertEquals(0x3728, y.bits(0));
    assertEquals(0x3D5E, y.bits(1));
  }

  @Test
  void theMeanIsAQuotientOrAProduct() {
    Random random = new Random(9);
    int differ = 0;
    for (int i = 0; i < 200; i++) {
      float[] x = Rows.wide(random, 2560, 2);
      float sum = 0;
      for (float v : x) {
        sum += v * v;
      }
      Tensor row = Rows.floats(x);
      float product = sum * (1f / 2560);
      Rows.assertSame(sum / 2560, meanSquare(row, "norm(form=hf,sum=seq,out=f32)"), "div");
      Rows.assertSame(product, meanSquare(row, "norm(form=hf,sum=seq,mean=mul,out=f32)"), "mul");
      differ += product == sum / 2560 ? 0 : 1;
    }
    assertTrue(differ > 10, "only " + differ + " of 200 tell the two apart");
  }

  private static double meanSquare(Tensor row, String text) {
    NormKernel kernel = new NormKernel(Rows.recipe(NormRecipe.class, text), 1e-6);
    return kernel.meanSquares(row, Math.toIntExact(row.elements()), Rows.ALONE).get(0);
  }

  @Test
  void aRecipesEpsGoesBeforeTheModels() {
    Tensor x = Rows.floats(0.25f);
    Tensor one = Rows.floats(1);
    NormRecipe own = Rows.recipe(NormRecipe.class, "norm(form=f32_weight_div,eps=0.001,out=f32)");
    double y = new NormKernel(own, 1e-6).run(x, one, Shape.of(1), Rows.ALONE).get(0);
    Rows.assertSame(0.25f / (float) Math.sqrt(0.0625f + 0.001f), y, "eps");
    NormRecipe outside =
        Rows.recipe(NormRecipe.class, "norm(form=f32_weight,eps=0.001,place=outside,out=f32)");
    y = new NormKernel(outside, 1e-6).run(x, one, Shape.of(1), Rows.ALONE).get(0);
    Rows.assertSame(0.25f * (1 / (0.25f + 0.001f)), y, "outside the root");
  }

  /** TensorRT with --fp16: each step in half floats, the sum alone in float. */
  @Test
  void lowRoundsEveryStep() {
    Random random = new Random(10);
    NormRecipe recipe =
        Rows.recipe(NormRecipe.class, "norm(form=hf,sum=seq,mean=mul,rsqrt=divsqrt,low,out=f16)");
    NormKernel kernel = new NormKernel(recipe, 1e-6);
    for (int i = 0; i < 50; i++) {
      float[] x = Rows.floats(Rows.wide(random, 96, 2)).cast(DType.F16).toFloats();
      float[] w = Rows.floats(Rows.wide(random, 96, 1)).cast(DType.F16).toFloats();
      float sum = 0;
      for (float v : x) {
        sum += Store.F16.round(v * v);
      }
      float mean = Store.F16.round(sum * (1f / 96));
      float radicand = Store.F16.round(mean + Store.F16.round(1e-6f));
      float r = Store.F16.round(1 / Store.F16.round((float) Math.sqrt(radicand)));
      float[] y = new float[96];
      for (int j = 0; j < 96; j++) {
        y[j] = Store.F16.round(w[j] * Store.F16.round(x[j] * r));
      }
      Tensor actual = kernel.run(Rows.floats(x), Rows.floats(w), Shape.of(96), Rows.ALONE);
      Rows.assertSame(y, actual, "row " + i);
    }
  }
}
