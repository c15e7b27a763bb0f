package org.bitref.kernel.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Random;
import org.bitref.functions.CudaMath;
import org.bitref.functions.Sfu;
import org.bitref.functions.Sleef;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.Rows;
import org.bitref.recipe.SoftmaxRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SoftmaxKernelTest {
  private static SoftmaxKernel kernel(String text) {
    return new SoftmaxKernel(Rows.recipe(SoftmaxRecipe.class, text));
  }

  @ParameterizedTest
  @CsvSource({"cr, div", "cr, rcp", "sleef, div", "sleef, rcp", "cuda, div", "fast, rcp"})
  void isItsFormulaInFloats(String exponential, String quotient) {
    int rows = 20;
    int n = 77;
    float[] x = Rows.wide(new Random(1), rows * n, 3);
    float[] expected = new float[x.length];
    for (int r = 0; r < rows; r++) {
      float max = Float.NEGATIVE_INFINITY;
      for (int i = r * n; i < (r + 1) * n; i++) {
        max = Math.max(max, x[i]);
      }
      float sum = 0;
      for (int i = r * n; i < (r + 1) * n; i++) {
        expected[i] = exp(exponential, x[i] - max);
        sum += expected[i];
      }
      for (int i = r * n; i < (r + 1) * n; i++) {
        expected[i] = quotient.equals("div") ? expected[i] / sum : expected[i] * (1 / sum);
      }
    }
    String text = "softmax(exp=" + exponential + ",sum=seq,quotient=" + quotient + ",out=f32)";
    Tensor scores = Tensor.ofFloats(Shape.of(2, rows / 2, n), x);
    try (Workers two = new Workers(2)) {
      Tensor actual = kernel(text).run(scores, two);
      assertEquals(scores.shape(), actual.shape());
      Rows.assertSame(expected, actual, text);
    }
    Tensor half = kernel(text.replace("out=f32", "out=f16")).run(scores, Rows.ALONE);
    Rows.assertSame(Rows.floats(expected).cast(DType.F16).toFloats(), half, text + " into f16");
  }

  private static float exp(String kind, float x) {
    return switch (kind) {
      case "cr" -> (float) StrictMath.exp(x);
      case "sleef" -> Sleef.exp(x);
      case "fast" -> Sfu.ex2(x * 0x1.715476p0f);
      default -> CudaMath.expf(x);
    };
  }

  /** The example of {@link SoftmaxRecipe} is one of many: a reciprocal is a rounding more. */
  @Test
  void aReciprocalIsARoundingMore() {
    assertEquals(0x3DD0FAC7, Float.floatToIntBits(5f / 49));
    assertEquals(0x3DD0FAC6, Float.floatToIntBits(5 * (1f / 49)));
    Tensor x = Rows.floats(Rows.wide(new Random(2), 64, 1));
    Tensor div = kernel("softmax(sum=exact,out=f32)").run(x, Rows.ALONE);
    Tensor rcp = kernel("softmax(sum=exact,quotient=rcp,out=f32)").run(x, Rows.ALONE);
    int differ = 0;
    for (int i = 0; i < 64; i++) {
      differ += div.bits(i) == rcp.bits(i) ? 0 : 1;
    }
    assertNotEquals(0, differ);
  }

  private static float half(float x) {
    return Float.float16ToFloat(Float.floatToFloat16(x));
  }

  /** Every step but the additions is rounded to float16. */
  @ParameterizedTest
  @ValueSource(strings = {"div", "rcp"})
  void stepsMayBeRoundedOnTheirWay(String quotient) {
    int n = 300;
    float[] x = Rows.floats(Rows.wide(new Random(3), n, 1)).cast(DType.F16).toFloats();
    float max = Float.NEGATIVE_INFINITY;
    for (float score : x) {
      max = Math.max(max, score);
    }
    float[] expected = new float[n];
    float sum = 0;
    for (int i = 0; i < n; i++) {
      expected[i] = half(CudaMath.expf(half(x[i] - max)));
      sum += expected[i];
    }
    float reciprocal = half(1 / half(sum));
    for (int i = 0; i < n; i++) {
      expected[i] = quotient.equals("div") ? expected[i] / half(sum) : expected[i] * reciprocal;
    }
    String text = "softmax(step=f16,exp=cuda,sum=seq,quotient=" + quotient + ",out=f32)";
    Rows.assertSame(expected, kernel(text).run(Rows.floats(x), Rows.ALONE), text);
  }

  /** The example of {@link SoftmaxRecipe}. */
  @Test
  void roundedStepsShow() {
    Tensor x = Rows.floats(0, -1, -1);
    String text = "softmax(step=f16,exp=cuda,sum=seq,quotient=rcp,out=f16)";
    Tensor stepped = kernel(text).run(x, Rows.ALONE);
    assertEquals(0x389C, stepped.bits(0));
    assertEquals(0x32C9, stepped.bits(1));
    assertEquals(0x32C8, kernel(text.replace("step=f16,", "")).run(x, Rows.ALONE).bits(1));
  }
}
