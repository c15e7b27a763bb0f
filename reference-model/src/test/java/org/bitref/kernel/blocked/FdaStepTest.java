package org.bitref.kernel.blocked;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.recipe.Accumulator;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Inner;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Operands at the ends of the range in which the fast fused dot-adds are exact. */
final class FdaStepTest {
  private static final FdaStep STEP =
      new FdaStep(8, 24, Accumulator.F32RZ, Float.MIN_NORMAL, 0x1p-100f);

  /** 16 products below 4·2^25 units are less than 2^31 in all, 32 may be more. */
  @ParameterizedTest
  @CsvSource({
    "'f16 | fda(w=16,F=25,acc=f32rz)', true",
    "'f16 | fda(w=32,F=25,acc=f32rz)', false",
    "'f16 | fda(w=32,F=24,acc=f32rz)', true",
    "'f16 | fda(w=4,F=26,acc=f32rz)', false",
    "'f16 | fda(w=16,F=2,acc=f32rz)', true",
    "'f16 | fda(w=16,F=1,acc=f32rz)', false",
    "'f16 | fda(w=5,F=20,acc=f32rz)', false",
    "'f16 | fda(w=16,F=25,acc=f32rz,floor=1)', false",
    "'f16 | fda(w=16,F=25,acc=f32rz,floor=0)', true",
    "'f32 | fda(w=4,F=20,acc=f32rz)', false"
  })
  void fitsWhereIntsHoldTheSums(String text, boolean fits) {
    GemmRecipe recipe = GemmRecipe.parse("in=" + text + " | seq | none | none | none");
    assertEquals(fits, FdaStep.fits((Inner.Fda) recipe.inner(), recipe.in()));
  }

  @Test
  void rangeIsFromTwoToTheMinus48ToTwoToThe46() {
    assertTrue(FdaStep.handles(new float[] {0, -0f, 0x1p-48f, -0x1p46f}, 0, 4));
    for (float outside : new float[] {0x1.fcp-49f, 0x1.02p46f, Float.NaN, Float.MIN_VALUE}) {
      assertFalse(FdaStep.handles(new float[] {outside}, 0, 1), "" + outside);
      assertFalse(FdaStep.handles(new float[] {-outside}, 0, 1), "" + -outside);
    }
  }

  @Test
  void bytesTellTheLargestProductOfPowers() {
    for (int x = -48; x <= 46; x++) {
      byte ofX = STEP.exponent(Math.scalb(-1.5f, x));
      for (int w = -48; w <= 46; w++) {
        byte ofW = STEP.exponent(Math.scalb(1f, w));
        assertEquals(x + w + 2 * FdaStep.BIAS, saturated(ofX + ofW));
      }
      int least = 2 * STEP.exponent(0x1p-48f);
      assertTrue(saturated(ofX + STEP.exponent(0)) < least, "times zero");
    }
    int ofZeros = saturated(STEP.exponent(0) + STEP.exponent(-0f));
    int leastScale = Math.getExponent(STEP.leastScale()) + 2 * FdaStep.BIAS;
    assertTrue(ofZeros < leastScale, "an accumulator alone decides");
  }

  private static int saturated(int sum) {
    return Math.clamp(sum, Byte.MIN_VALUE, Byte.MAX_VALUE);
  }

  @Test
  void productsAreThoseOfTheInterpreterUpToTheEndsOfTheRange() {
    GemmRecipe recipe =
        GemmRecipe.parse("in=bf16 | fda(w=8,F=24,acc=f32rz) | seq | none | none | cvt(f32,rne)");
    Random random = new Random(7);
    for (int[] range : new int[][] {{-50, -44}, {40, 49}, {-49, 48}, {-3, 3}}) {
      Tensor x = operands(random, range, 9, 40);
      Tensor w = operands(random, range, 70, 40);
      try (Workers one = new Workers(1)) {
        Tensor expected = Kernels.interpreter(recipe).multiply(x, w, GemmOperands.NONE, one);
        Tensor actual = Kernels.gemm(recipe).multiply(x, w, GemmOperands.NONE, one);
        for (long i = 0; i < expected.elements(); i++) {
          assertEquals(expected.bits(i), actual.bits(i), range[0] + " element " + i);
        }
      }
    }
  }

  /** Exponents in [from, to]; every other a zero, so that whole steps have none but zeros. */
  private static Tensor operands(Random random, int[] range, long rows, long columns) {
    TensorBuilder out = new TensorBuilder(DType.BF16, Shape.of(rows, columns));
    for (long i = 0; i < rows * columns; i++) {
      int exponent = range[0] + random.nextInt(range[1] - range[0] + 1);
      double value = Math.scalb(1 + random.nextInt(128) / 128.0, exponent);
      out.set(i, random.nextBoolean() ? 0 : random.nextBoolean() ? value : -value);
    }
    return out.build();
  }
}
