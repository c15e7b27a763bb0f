package org.bitref.kernel.row;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.bitref.kernel.blocked.InnerLoops.FloatFunction;
import org.bitref.numerics.Format;
import org.bitref.recipe.Exponential;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many exponentials beside one, with vectors and without. */
final class ExponentialsTest {
  private static final float[] SPECIAL = {
    0, -0f, -87.4f, 88.8f, -103.9f, -104, 104, Float.NEGATIVE_INFINITY, Float.NaN, 1e38f, -1e38f
  };

  /** Of any number of any floats; those above zero are rare enough to leave some rows without. */
  @ParameterizedTest
  @EnumSource
  void manyAreTakenAsOneIs(Exponential exponential) {
    Random random = new Random(2);
    for (int n = 0; n < 1200; n += n < 40 ? 1 : 37) {
      float[] x = new float[n + 1];
      for (int i = 0; i <= n; i++) {
        x[i] =
            switch (random.nextInt(400)) {
              case 0 -> Float.intBitsToFloat(random.nextInt());
              case 1 -> SPECIAL[random.nextInt(SPECIAL.length)];
              default -> -Math.abs(random.nextInt(4) == 0 ? near(random) : wide(random));
            };
      }
      check(exponential, x, n);
    }
  }

  /** Arguments whose results are subnormal, or next to it. */
  private static float near(Random random) {
    return random.nextFloat(-105, -86);
  }

  private static float wide(Random random) {
    return Math.scalb(random.nextFloat(), random.nextInt(-30, 8));
  }

  private static void check(Exponential exponential, float[] x, int n) {
    FloatFunction many = Exponentials.ofFloats(exponential);
    var one = Exponentials.of(exponential, Format.F32);
    float[] results = x.clone();
    many.replace(results, n);
    for (int i = 0; i < n; i++) {
      Rows.assertSame(one.applyAsDouble(x[i]), results[i], "an exponential");
    }
    assertEquals(Float.floatToIntBits(x[n]), Float.floatToIntBits(results[n]), "what follows");
  }

  /** Every float from -128 to zero, and some beyond. */
  @Test
  @Tag("long")
  void cudaExponentialsOfEveryArgument() {
    int most = Float.floatToRawIntBits(-130f);
    float[] x = new float[(1 << 16) + 1];
    for (int from = 1 << 31; from <= most; from += x.length - 1) {
      for (int i = 0; i < x.length - 1; i++) {
        x[i] = Float.intBitsToFloat(from + i);
      }
      check(Exponential.CUDA, x, x.length - 1);
    }
  }
}
