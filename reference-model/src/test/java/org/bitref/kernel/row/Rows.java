package org.bitref.kernel.row;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.Random;
import org.bitref.kernel.Workers;
import org.bitref.recipe.StageRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;

/** What the tests of the stage kernels share. */
public final class Rows {
  /** One thread, on which everything runs at once. */
  public static final Workers ALONE = new Workers(1);

  private Rows() {}

  /** A recipe from its text. */
  public static <R extends StageRecipe> R recipe(Class<R> kind, String text) {
    return kind.cast(StageRecipe.parse(text));
  }

  public static Tensor floats(float... values) {
    return Tensor.ofFloats(Shape.of(values.length), values);
  }

  /** Normally distributed numbers over a range of exponents. */
  public static float[] wide(Random random, int n, int exponents) {
    float[] row = new float[n];
    for (int i = 0; i < n; i++) {
      row[i] = Math.scalb((float) random.nextGaussian(), random.nextInt(-exponents, exponents + 1));
    }
    return row;
  }

  /** Equal bits, the sign of zero included; a NaN is a NaN. */
  public static void assertSame(double expected, double actual, String what) {
    if (Double.doubleToLongBits(expected) != Double.doubleToLongBits(actual)) {
      fail(what + ": expected " + expected + ", not " + actual);
    }
  }

  public static void assertSame(float[] expected, Tensor actual, String what) {
    for (int i = 0; i < expected.length; i++) {
      assertSame(expected[i], actual.get(i), what + " element " + i);
    }
  }
}
