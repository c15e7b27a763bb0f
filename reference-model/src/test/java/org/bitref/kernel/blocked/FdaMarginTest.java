package org.bitref.kernel.blocked;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.math.BigDecimal;
import java.util.Random;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.RandomTensors;
import org.bitref.kernel.Workers;
import org.bitref.numerics.Half;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The margin covers what it says, and long chains that use it are those of the scalar kernel. */
final class FdaMarginTest {
  private static final FdaStep STEP = new FdaStep(16, 25, Accumulator.F16RNE, 0x1p-14f, 0x1p-100f);
  private static final FdaMargin MARGIN = new FdaMargin(STEP);

  @Test
  void coversTheDistanceOfTheSumsBeforeTheyAreRounded() {
    Random random = new Random(3);
    for (int trial = 0; trial < 20_000; trial++) {
      float[] x = operands(random);
      float[] w = operands(random);
      float c =
          Half.round((float) (random.nextGaussian() * Math.scalb(1.0, random.nextInt(24) - 12)));
      float products = 0;
      for (int from = 0; from < 16; from += FdaMargin.GROUP) {
        float chain = 0;
        for (int i = from; i < from + FdaMargin.GROUP; i++) {
          chain = Math.fma(x[i], w[i], chain);
        }
        products += chain;
      }
      float sum = products + c;
      double power = c == 0 ? 0 : Math.scalb(1.0, Math.getExponent(c));
      double slack =
          0x1p-24 * MARGIN.bound(x, 0, 16) * MARGIN.bound(w, 0, 16)
              + MARGIN.ofAccumulator() * power
              + FdaMargin.OF_SUM * Math.abs(sum)
              + FdaMargin.LEAST;
      // What is left for the rounding of an end of the interval.
      double rounding = 0x1p-24 * (Math.abs(sum) + slack);
      BigDecimal distance = new BigDecimal(sum).subtract(truncated(x, w, c)).abs();
      assertTrue(distance.doubleValue() < slack - rounding, "trial " + trial);
    }
  }

  private static float[] operands(Random random) {
    float[] operands = new float[16];
    int spread = 1 + random.nextInt(20);
    for (int i = 0; i < operands.length; i++) {
      double scale = Math.scalb(1.0, random.nextInt(spread) - spread / 2);
      operands[i] = Half.round((float) (random.nextGaussian() * scale));
    }
    return operands;
  }

  /** The sum of the truncated terms, in whole numbers of units. */
  private static BigDecimal truncated(float[] x, float[] w, float c) {
    int exponent = c == 0 ? -100 : Math.max(Math.getExponent(c), -14);
    for (int i = 0; i < 16; i++) {
      if (x[i] * w[i] != 0) {
        int ofX = Math.max(Math.getExponent(x[i]), -14);
        exponent = Math.max(exponent, ofX + Math.max(Math.getExponent(w[i]), -14));
      }
    }
    long units = (long) Math.scalb((double) c, 25 - exponent);
    for (int i = 0; i < 16; i++) {
      units += (long) Math.scalb((double) x[i] * w[i], 25 - exponent);
    }
    return new BigDecimal(Math.scalb((double) units, exponent - 25));
  }

  @ParameterizedTest
  @EnumSource(RandomTensors.Kind.class)
  void longChainsAreThoseOfTheScalarKernel(RandomTensors.Kind kind) {
    assumeTrue(Kernels.vectors());
    for (String inner : new String[] {"fda(w=16,F=25,acc=f16rne)", "fma(acc=f16rne,lanes=1)"}) {
      GemmRecipe recipe =
          GemmRecipe.parse("in=f16 | " + inner + " | seq | none | none | cvt(f16,rne)");
      RandomTensors random = new RandomTensors(11);
      Tensor x = random.next(DType.F16, kind, 9, 2072);
      Tensor w = random.next(DType.F16, kind, 70, 2072);
      assertSameAsScalar(recipe, x, w, inner);
    }
  }

  private static void assertSameAsScalar(GemmRecipe recipe, Tensor x, Tensor w, String what) {
    try (Workers one = new Workers(1)) {
      Tensor scalar =
          Kernels.gemm(recipe, new ScalarLoops()).multiply(x, w, GemmOperands.NONE, one);
      Tensor vector = Kernels.gemm(recipe, Kernels.loops()).multiply(x, w, GemmOperands.NONE, one);
      for (long i = 0; i < scalar.elements(); i++) {
        assertEquals(scalar.bits(i), vector.bits(i), what + " element " + i);
      }
    }
  }

  /**
   * In every group a large product comes and goes, and takes with it what float32 has no room for
   * of the small ones between: without the bound on operands such sums would be taken for certain.
   */
  @Test
  void sumsThatLoseTheirSmallTermsAreLeftOpen() {
    assumeTrue(Kernels.vectors());
    GemmRecipe recipe =
        GemmRecipe.parse("in=f16 | fda(w=16,F=25,acc=f16rne) | seq | none | none | cvt(f16,rne)");
    Random random = new Random(13);
    Tensor x = comingAndGoing(9, 1, random);
    Tensor w = comingAndGoing(70, -1, random);
    assertSameAsScalar(recipe, x, w, "large terms that cancel");
  }

  /** Large, small, the large one again times {@code sign}, small, and so on. */
  private static Tensor comingAndGoing(int rows, int sign, Random random) {
    TensorBuilder operands = new TensorBuilder(DType.F16, Shape.of(rows, 64));
    for (int i = 0; i < rows * 64; i += 4) {
      float large = Half.round(64 * (float) random.nextGaussian());
      operands.set(i, large);
      operands.set(i + 1, random.nextGaussian());
      operands.set(i + 2, sign * large);
      operands.set(i + 3, random.nextGaussian());
    }
    return operands.build();
  }

  @Test
  void nearestHalfOfADoubleIsThatOfTheFormat() {
    Random random = new Random(5);
    for (int i = 0; i < 200_000; i++) {
      double x = Math.scalb(random.nextInt(1 << 14) - 8192.0, random.nextInt(50) - 36);
      x += random.nextBoolean() ? Math.scalb(random.nextGaussian(), -60) : 0;
      double expected = Float.float16ToFloat(Half.fromDouble(x));
      assertEquals(expected, Half.nearest(x), "of " + x);
    }
  }
}
