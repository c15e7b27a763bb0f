package org.bitref.kernel.row;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.List;
import java.util.Random;
import org.bitref.functions.CudaTrig;
import org.bitref.kernel.Workers;
import org.bitref.kernel.row.Frequencies.Axes;
import org.bitref.recipe.RopeRecipe;
import org.bitref.recipe.RopeTableRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rotary tables and the rotation. */
final class RopeTest {
  private static final List<Integer> SECTION = List.of(24, 20, 20);

  @Test
  void frequenciesAreDealtToTheThreeAxes() {
    int[] counts = new int[3];
    for (int i = 0; i < 64; i++) {
      int axis = Axes.INTERLEAVED.of(i, SECTION);
      assertEquals(i < 60 ? i % 3 : 0, axis, "frequency " + i);
      counts[axis]++;
    }
    assertArrayEquals(new int[] {24, 20, 20}, counts);
  }

  /** Slices [1, 3 * h) and [2, 3 * w) with steps of three, whatever the sections are. */
  @Test
  void otherSectionsFollowTheSameSlices() {
    for (int h = 0; h <= 10; h++) {
      for (int w = 0; w <= 10; w++) {
        int[] expected = new int[32];
        for (int i = 1; i < Math.min(32, 3 * h); i += 3) {
          expected[i] = 1;
        }
        for (int i = 2; i < Math.min(32, 3 * w); i += 3) {
          expected[i] = 2;
        }
        for (int i = 0; i < 32; i++) {
          assertEquals(expected[i], Axes.INTERLEAVED.of(i, List.of(32 - h - w, h, w)), h + " " + w);
        }
      }
    }
  }

  private static RopeTable table(String text, double theta) {
    return new RopeTable(
        Rows.recipe(RopeTableRecipe.class, text), Frequencies.interleaved(theta, SECTION), 128);
  }

  /** Theta is 2^64, its roots 2^i: inverse frequencies are exact, angles are rounded once. */
  @ParameterizedTest
  @CsvSource({"f32, F32", "bf16, BF16", "f16, F16", "f64, F64"})
  void everyElementFollowsThePositionOfItsAxis(String out, DType dtype) {
    long[][] positions = {{0, 1, 21, 413, 262143}, {0, 5, 30, 7, 1}, {0, 2, 38, 9, 100000}};
    Shape shape = Shape.of(1, 5, 128);
    boolean wide = dtype == DType.F64;
    RopeTable table =
        table("ropetable(calc=" + (wide ? "f64" : "f32") + ",out=" + out + ")", 0x1p64);
    for (boolean sine : new boolean[] {false, true}) {
      Tensor actual = table.run(positions, sine, shape);
      assertEquals(dtype, actual.dtype());
      for (int i = 0; i < shape.elements(); i++) {
        int token = i / 128;
        int frequency = i % 64;
        int axis = frequency < 60 ? frequency % 3 : 0;
        double angle = positions[axis][token] * Math.scalb(1.0, -frequency);
        double value = sine ? StrictMath.sin(angle) : StrictMath.cos(angle);
        double expected = wide ? value : Rows.floats((float) value).cast(dtype).get(0);
        Rows.assertSame(expected, actual.get(i), sine + " element " + i);
      }
    }
  }

  /**
   * With the model's own theta: an inverse frequency errs by 2 units of 2^-24 (power, reciprocal)
   * and, from another power function, by one more; the angle by one more; the cosine by one of its
   * own.
   */
  @Test
  void floatsLieInsideTheirErrorOfDoubles() {
    long[][] positions = new long[3][500];
    for (int axis = 0; axis < 3; axis++) {
      for (int t = 0; t < 500; t++) {
        positions[axis][t] = 6L * t + axis;
      }
    }
    Shape shape = Shape.of(1, 500, 128);
    Tensor narrow = table("ropetable(calc=f32,out=f32)", 5e6).run(positions, false, shape);
    Tensor wide = table("ropetable(calc=f64,out=f64)", 5e6).run(positions, false, shape);
    boolean differ = false;
    for (int i = 0; i < shape.elements(); i++) {
      int frequency = i % 64;
      int token = i / 128;
      double angle = (6.0 * token + 2) * Math.pow(5e6, -frequency / 64.0);
      double bound = 0x1p-24 * (4.01 * angle + 1);
      double error = Math.abs(narrow.get(i) - wide.get(i));
      assertTrue(error <= bound, "element " + i + ": " + error + " above " + bound);
      differ |= error > 0x1p-24;
    }
    assertTrue(differ, "f32 cannot be as good as f64");
  }

  /** A model cast as a whole carries its inverse frequencies in its storage type. */
  @Test
  void inverseFrequenciesMayBeRounded() {
    long[][] positions = {{1}, {1}, {1}};
    Shape shape = Shape.of(1, 1, 128);
    Tensor rounded = table("ropetable(calc=f64,inv=bf16,out=f64)", 5e6).run(positions, true, shape);
    for (int i = 0; i < 64; i++) {
      double inverse = 1 / StrictMath.pow(5e6, i / 64.0);
      double expected =
          StrictMath.sin(Tensor.ofDoubles(Shape.of(1), inverse).cast(DType.BF16).get(0));
      Rows.assertSame(expected, rounded.get(i), "frequency " + i);
    }
  }

  private static float store(float x, DType dtype) {
    return (float) Rows.floats(x).cast(dtype).get(0);
  }

  /** [B, S, heads, D] with heads of 6: the upper half turns into the lower with a minus sign. */
  @ParameterizedTest
  @CsvSource({
    "hf, F32, f32",
    "hf, BF16, bf16",
    "hf, F16, f16",
    "edge, F16, f16",
    "edge, BF16, bf16"
  })
  void headsTurnByHalves(String form, DType dtype, String out) {
    int batch = 2;
    int tokens = 17;
    int heads = 3;
    int d = 6;
    Random random = new Random(9);
    float[] x = Rows.wide(random, batch * tokens * heads * d, 2);
    float[] cos = Rows.wide(random, batch * tokens * d, 0);
    float[] sin = Rows.wide(random, batch * tokens * d, 0);
    x[0] = -0.0f;
    x[1] = Float.POSITIVE_INFINITY;
    x[2] = Float.NaN;
    RopeRecipe recipe = Rows.recipe(RopeRecipe.class, "rope(form=" + form + ",out=" + out + ")");
    float[] expected = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      int at = i % d;
      int h = i / d % heads;
      int row = i / (d * heads);
      int b = row / tokens;
      int t = row % tokens;
      float other = at < 3 ? -x[i + 3] : x[i - 3];
      float straight = x[i] * cos[row * d + at];
      float turned = other * sin[row * d + at];
      float sum =
          form.equals("hf") ? store(straight, dtype) + store(turned, dtype) : straight + turned;
      expected[((b * heads + h) * tokens + t) * d + at] = store(sum, dtype);
    }
    Tensor table = Tensor.ofFloats(Shape.of(batch, tokens, d), cos);
    Tensor sines = Tensor.ofFloats(Shape.of(batch, tokens, d), sin);
    try (Workers two = new Workers(2)) {
      Tensor actual =
          new RopeKernel(recipe)
              .run(Tensor.ofFloats(Shape.of(batch, tokens, heads, d), x), table, sines, two);
      assertEquals(Shape.of(batch, heads, tokens, d), actual.shape());
      assertEquals(dtype, actual.dtype());
      Rows.assertSame(expected, actual, form);
    }
  }

  /** The two forms with a fused multiply-add, from decimals. */
  @ParameterizedTest
  @CsvSource({"edge_fma, F16", "edge_fma, BF16", "half_fma, F16", "half_fma, BF16"})
  void fusedFormsRoundOnce(String form, DType dtype) {
    Random random = new Random(10);
    String out = dtype.name().toLowerCase(java.util.Locale.ROOT);
    RopeRecipe recipe = Rows.recipe(RopeRecipe.class, "rope(form=" + form + ",out=" + out + ")");
    for (int i = 0; i < 3000; i++) {
      Tensor x = Rows.floats(Rows.wide(random, 2, 5)).cast(dtype);
      Tensor cos = Rows.floats(Rows.wide(random, 2, 5)).cast(dtype);
      Tensor sin = Rows.floats(Rows.wide(random, 2, 5)).cast(dtype);
      float straight = (float) (x.get(0) * cos.get(0));
      BigDecimal turned = new BigDecimal(-x.get(1)).multiply(new BigDecimal(sin.get(0)));
      double expected;
      if (form.equals("half_fma")) {
        BigDecimal sum = turned.add(new BigDecimal(store(straight, dtype)));
        expected = sum.signum() == 0 ? 0 : nearest(sum, dtype);
      } else {
        expected = store(turned.add(new BigDecimal(straight)).floatValue(), dtype);
      }
      Shape shape = Shape.of(1, 1, 2);
      Tensor y =
          new RopeKernel(recipe)
              .run(
                  x.reshape(Shape.of(1, 1, 1, 2)),
                  cos.reshape(shape),
                  sin.reshape(shape),
                  Rows.ALONE);
      assertEquals(expected, y.get(0), form + " " + i);
    }
  }

  /** A decimal rounded once: by way of a double that is off the tie where the decimal is. */
  private static double nearest(BigDecimal value, DType dtype) {
    double wide = value.doubleValue();
    double low = Tensor.ofDoubles(Shape.of(1), wide).cast(dtype).get(0);
    int side = value.compareTo(new BigDecimal(wide));
    double nudged = side > 0 ? Math.nextUp(wide) : side < 0 ? Math.nextDown(wide) : wide;
    double other = Tensor.ofDoubles(Shape.of(1), nudged).cast(dtype).get(0);
    BigDecimal first = value.subtract(new BigDecimal(low)).abs();
    BigDecimal second = value.subtract(new BigDecimal(other)).abs();
    return second.compareTo(first) < 0 ? other : low;
  }

  /** The example of {@link RopeRecipe}. */
  @ParameterizedTest
  @CsvSource({"hf, 3ED0", "edge, 3ECF", "edge_fma, 3ECF", "half_fma, 3ECF"})
  void formsDiffer(String form, String bits) {
    float x = Float.float16ToFloat((short) 0x3C03);
    RopeRecipe recipe = Rows.recipe(RopeRecipe.class, "rope(form=" + form + ",out=f16)");
    Tensor head = Tensor.ofFloats(Shape.of(1, 1, 1, 2), x, -1.5f);
    float cos = Float.float16ToFloat((short) 0x3A66);
    float sin = Float.float16ToFloat((short) 0x38CD);
    Tensor y =
        new RopeKernel(recipe)
            .run(
                head,
                Tensor.ofFloats(Shape.of(1, 1, 2), cos, cos),
                Tensor.ofFloats(Shape.of(1, 1, 2), sin, sin),
                Rows.ALONE);
    assertEquals(Integer.parseInt(bits, 16), y.bits(0));
  }

  @Test
  void aTableMayTakeCudasCosine() {
    long[][] positions = {{0, 1, 2999}, {0, 1, 2999}, {0, 1, 2999}};
    Shape shape = Shape.of(1, 3, 128);
    RopeTable table = table("ropetable(calc=f32,trig=cuda,out=f32)", 0x1p64);
    for (boolean sine : new boolean[] {false, true}) {
      Tensor y = table.run(positions, sine, shape);
      for (int i = 0; i < shape.elements(); i++) {
        float angle = (float) (positions[0][i / 128] * Math.scalb(1.0, -(i % 64)));
        float expected = sine ? CudaTrig.sinf(angle) : CudaTrig.cosf(angle);
        Rows.assertSame(expected, y.get(i), sine + " element " + i);
      }
    }
  }
}
