package org.bitref.kernel.blocked;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.bitref.functions.Sleef;
import org.bitref.kernel.row.Exponentials;
import org.bitref.numerics.Format;
import org.bitref.recipe.Exponential;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SleefExponentialTest {
  @Test
  void isWithinAUnitOfTheTrueValueAndNotAlwaysTheNearest() {
    Random random = new Random(1);
    int n = 200_000;
    int notNearest = 0;
    for (int i = 0; i < n; i++) {
      float x = random.nextFloat(-87, 88);
      double exact = StrictMath.exp(x);
      float y = Sleef.exp(x);
      double units = Math.abs(y - exact) / Math.ulp((float) exact);
      assertTrue(units <= 1, x + ": " + units + " units");
      notNearest += y == (float) exact ? 0 : 1;
    }
    assertTrue(notNearest > n / 100 && notNearest < n / 10, notNearest + " of " + n);
  }

  @Test
  void endsInZeroAndInfinity() {
    assertEquals(1, Sleef.exp(0));
    assertEquals(1, Sleef.exp(-0.0f));
    assertEquals(1, Sleef.exp(Float.MIN_VALUE));
    assertEquals(0, Sleef.exp(-104.01f));
    assertEquals(0, Sleef.exp(Float.NEGATIVE_INFINITY));
    assertEquals(Float.MIN_VALUE, Sleef.exp(-103.5f));
    assertEquals(Float.POSITIVE_INFINITY, Sleef.exp(89));
    assertEquals(Float.POSITIVE_INFINITY, Sleef.exp(2.8e8f));
    assertEquals(Float.POSITIVE_INFINITY, Sleef.exp(Float.POSITIVE_INFINITY));
    assertTrue(Float.isNaN(Sleef.exp(Float.NaN)));
  }

  /** Of any number of any floats, with vectors and without. */
  @Test
  void manyAreTakenAsOneIs() {
    Random random = new Random(2);
    float[] special = {0, -0f, 88.8f, -87.4f, -104, 104, Float.NaN, 1e38f, -1e38f};
    for (int n = 0; n < 300; n++) {
      float[] x = new float[n + 1];
      for (int i = 0; i <= n; i++) {
        x[i] =
            switch (random.nextInt(4)) {
              case 0 -> Float.intBitsToFloat(random.nextInt());
              case 1 -> special[random.nextInt(special.length)];
              case 2 -> random.nextFloat(-105, -86);
              default -> random.nextFloat(-105, 105);
            };
      }
      float[] results = x.clone();
      Kernels.loops().sleefExponential().replace(results, n);
      for (int i = 0; i < n; i++) {
        assertEquals(Sleef.exp(x[i]), results[i], "exp(" + x[i] + ")");
      }
      assertEquals(x[n], results[n], "what follows the last");
    }
  }

  /** The example of {@link Exponential}. */
  @ParameterizedTest
  @CsvSource({"CR, 3EBC5AB2", "SLEEF, 3EBC5AB2", "CUDA, 3EBC5AB3"})
  void exponentialsDiffer(Exponential exponential, String bits) {
    double y = Exponentials.of(exponential, Format.F32).applyAsDouble(-1);
    assertEquals(Integer.parseInt(bits, 16), Float.floatToIntBits((float) y));
  }
}
