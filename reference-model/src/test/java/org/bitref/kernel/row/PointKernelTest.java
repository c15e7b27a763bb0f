package org.bitref.kernel.row;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.util.Random;
import org.bitref.functions.CudaMath;
import org.bitref.functions.Sleef;
import org.bitref.kernel.Workers;
import org.bitref.recipe.PointRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class PointKernelTest {
  private static final float INFINITY = Float.POSITIVE_INFINITY;

  private static PointKernel kernel(String text) {
    return new PointKernel(Rows.recipe(PointRecipe.class, text));
  }

  /** exp(88.8) overflows a float, so far below zero the quotient is a zero with the sign of x. */
  @Test
  void siluAtItsEnds() {
    float[] x = {
      0,
      -0.0f,
      INFINITY,
      -INFINITY,
      Float.NaN,
      88,
      -88,
      89,
      -89,
      104,
      -104,
      Float.MAX_VALUE,
      -Float.MAX_VALUE,
      Float.MIN_VALUE,
      -Float.MIN_VALUE,
      20
    };
    float e88 = (float) StrictMath.exp(88);
    float[] expected = {
      0,
      -0.0f,
      INFINITY,
      Float.NaN,
      Float.NaN,
      88,
      -88 / (1 + e88),
      89,
      -0.0f,
      104,
      -0.0f,
      Float.MAX_VALUE,
      -0.0f,
      Float.MIN_VALUE / 2,
      -Float.MIN_VALUE / 2,
      20
    };
    Rows.assertSame(expected, kernel("silu(out=f32)").run(Rows.floats(x), Rows.ALONE), "silu");
    Tensor wide = kernel("silu(calc=f64,out=f64)").run(Rows.floats(-104, -INFINITY), Rows.ALONE);
    Rows.assertSame(-104 / (1 + StrictMath.exp(104)), wide.get(0), "in double");
    Rows.assertSame(Double.NaN, wide.get(1), "in double");
  }

  @ParameterizedTest
  @CsvSource({"f32, F32", "bf16, BF16", "f16, F16"})
  void siluIsItsFormulaInFloats(String out, DType dtype) {
    Random random = new Random(2);
    float[] x = Rows.wide(random, 5000, 6);
    float[] expected = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      expected[i] = x[i] / (1 + (float) StrictMath.exp(-(double) x[i]));
    }
    Tensor y = kernel("silu(out=" + out + ")").run(Rows.floats(x), Rows.ALONE);
    assertEquals(dtype, y.dtype());
    Rows.assertSame(Rows.floats(expected).cast(dtype).toFloats(), y, "silu into " + out);
  }

  private static float half(float x) {
    return Float.float16ToFloat(Float.floatToFloat16(x));
  }

  /** Every half float by every exponential and every place of the roundings. */
  @ParameterizedTest
  @CsvSource({
    "cr, div",
    "cr, mul",
    "cr, low",
    "sleef, div",
    "sleef, mul",
    "cuda, mul",
    "cuda, low"
  })
  void siluRoundsWhereItsFormSays(String exponential, String form) {
    float[] x = new float[1 << 16];
    float[] expected = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = Float.float16ToFloat((short) i);
      float e =
          switch (exponential) {
            case "cr" -> (float) StrictMath.exp(-x[i]);
            case "sleef" -> Sleef.exp(-x[i]);
            default -> CudaMath.expf(-x[i]);
          };
      expected[i] =
          switch (form) {
            case "div" -> half(x[i] / (1 + e));
            case "mul" -> half(x[i] * half(1 / (1 + e)));
            default -> half(x[i] * half(1 / half(1 + half(e))));
          };
    }
    String text = "silu(exp=" + exponential + ",form=" + form + ",out=f16)";
    Rows.assertSame(expected, kernel(text).run(Rows.floats(x), Rows.ALONE), text);
  }

  /** Above 65,536 elements of 16 bits every pattern is computed once. */
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void siluOfManyElementsIsThatOfFew(DType dtype) {
    TensorBuilder builder = new TensorBuilder(dtype, Shape.of(3, 23_000));
    for (int i = 0; i < 69_000; i++) {
      builder.setBits(i, i * 40_503L);
    }
    Tensor x = builder.build();
    PointKernel silu = kernel("silu(exp=sleef,form=mul,out=bf16)");
    Tensor many = silu.run(x, Rows.ALONE);
    assertEquals(x.shape(), many.shape());
    for (int row = 0; row < 3; row++) {
      Tensor few = silu.run(x.rows(row, row + 1), Rows.ALONE);
      for (int i = 0; i < 23_000; i++) {
        assertEquals(few.bits(i), many.bits(row * 23_000L + i), row + " element " + i);
      }
    }
  }

  /** The example of {@link PointRecipe}. */
  @ParameterizedTest
  @CsvSource({"div, 3521", "mul, 3522", "low, 3520"})
  void formsDiffer(String form, String bits) {
    Tensor x = Rows.floats(Float.float16ToFloat((short) 0x381A));
    Tensor y = kernel("silu(exp=cuda,form=" + form + ",out=f16)").run(x, Rows.ALONE);
    assertEquals(Integer.parseInt(bits, 16), y.bits(0));
  }

  /** Each operation rounds once into f32 and once more into the format of the result. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "F16", "F8_E4M3", "F8_E5M2"})
  void sumsAndProductsRoundInFloatAndThenAgain(DType dtype) {
    Random random = new Random(3);
    float[] a = Rows.wide(random, 4000, 20);
    float[] b = Rows.wide(random, 4000, 20);
    float[] special = {0, -0.0f, INFINITY, -INFINITY, Float.NaN, Float.MAX_VALUE, 0x1p-149f};
    for (int i = 0; i < 49; i++) {
      a[i] = special[i / 7];
      b[i] = special[i % 7];
    }
    float[] sums = new float[a.length];
    float[] products = new float[a.length];
    for (int i = 0; i < a.length; i++) {
      sums[i] = a[i] + b[i];
      products[i] = a[i] * b[i];
    }
    String out = dtype.format().orElseThrow().name().toLowerCase(java.util.Locale.ROOT);
    Tensor sum = kernel("add(out=" + out + ")").run(Rows.floats(a), Rows.floats(b), Rows.ALONE);
    Tensor product = kernel("mul(out=" + out + ")").run(Rows.floats(a), Rows.floats(b), Rows.ALONE);
    Tensor cast = kernel("cast(out=" + out + ")").run(Rows.floats(a), Rows.ALONE);
    Rows.assertSame(Rows.floats(sums).cast(dtype).toFloats(), sum, "add");
    Rows.assertSame(Rows.floats(products).cast(dtype).toFloats(), product, "mul");
    Rows.assertSame(Rows.floats(a).cast(dtype).toFloats(), cast, "cast");
  }

  /** In double, the sum goes into the result in one rounding: decimals say which. */
  @Test
  void doublesRoundIntoTheResultOnly() {
    Random random = new Random(4);
    float[] a = Rows.wide(random, 2000, 10);
    float[] b = Rows.wide(random, 2000, 10);
    Tensor sum = kernel("add(calc=f64,out=f32)").run(Rows.floats(a), Rows.floats(b), Rows.ALONE);
    Tensor product =
        kernel("mul(calc=f64,out=f64)").run(Rows.floats(a), Rows.floats(b), Rows.ALONE);
    for (int i = 0; i < a.length; i++) {
      BigDecimal x = new BigDecimal(a[i]);
      BigDecimal y = new BigDecimal(b[i]);
      Rows.assertSame(x.add(y).floatValue(), sum.get(i), "sum " + i);
      Rows.assertSame(x.multiply(y).doubleValue(), product.get(i), "product " + i);
    }
  }

  /** 1 + 2^-8 + 2^-30 in f64 lies above the tie of BF16; rounded to f32 first, it is the tie. */
  @Test
  void theFormatComputedInShows() {
    Tensor a = Rows.floats(0x1.01p0f);
    Tensor b = Rows.floats(0x1p-30f);
    assertEquals(1, kernel("add(out=bf16)").run(a, b, Rows.ALONE).get(0));
    assertEquals(1.0078125, kernel("add(calc=f64,out=bf16)").run(a, b, Rows.ALONE).get(0));
  }

  @Test
  void manyPiecesOnManyThreads() {
    int n = 3 * (1 << 14) + 17;
    TensorBuilder a = new TensorBuilder(DType.F32, Shape.of(1, n));
    for (int i = 0; i < n; i++) {
      a.set(i, i);
    }
    Tensor x = a.build();
    try (Workers three = new Workers(3)) {
      Tensor y = kernel("add(out=f32)").run(x, x, three);
      assertEquals(Shape.of(1, n), y.shape());
      for (int i = 0; i < n; i++) {
        Rows.assertSame(2.0 * i, y.get(i), "element " + i);
      }
    }
    Tensor none = kernel("silu(out=f16)").run(Tensor.ofFloats(Shape.of(0, 3)), Rows.ALONE);
    assertEquals(Shape.of(0, 3), none.shape());
  }

  @Test
  void operandsAreCounted() {
    Tensor x = Rows.floats(1);
    for (String text : new String[] {"add(calc=f32,out=f32)", "mul(calc=f32,out=f32)"}) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> kernel(text).run(x, Rows.ALONE));
      assertEquals(text + " takes two operands", e.getMessage());
    }
    for (String text : new String[] {"cast(calc=f32,out=f32)", "silu(calc=f32,out=f32)"}) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> kernel(text).run(x, x, Rows.ALONE));
      assertEquals(text + " takes one operand", e.getMessage());
    }
  }
}
