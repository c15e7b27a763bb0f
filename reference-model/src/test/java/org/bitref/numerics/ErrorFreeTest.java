package org.bitref.numerics;

import static org.bitref.numerics.Bits.assertSame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ErrorFreeTest {
  private static final long SEED = 0x5EED_1003;

  private static double wild(SplittableRandom random, int range) {
    return Math.scalb(random.nextDouble(-2, 2), random.nextInt(-range, range + 1));
  }

  @Test
  void sumAndErrorAreTheExactSum() {
    SplittableRandom random = new SplittableRandom(SEED);
    int inexact = 0;
    for (int i = 0; i < 50_000; i++) {
      double a = wild(random, i % 2 == 0 ? 60 : 4);
      double b = wild(random, i % 2 == 0 ? 60 : 4);
      double sum = a + b;
      double error = ErrorFree.sumError(a, b, sum);
      BigDecimal exact = new BigDecimal(a).add(new BigDecimal(b));
      BigDecimal found = new BigDecimal(sum).add(new BigDecimal(error));
      assertEquals(0, exact.compareTo(found), () -> "seed " + SEED + ": " + a + " + " + b);
      inexact += error != 0 ? 1 : 0;
    }
    assertTrue(inexact > 25_000, "only " + inexact + " sums were inexact");
  }

  @Test
  void productAndErrorAreTheExactProduct() {
    SplittableRandom random = new SplittableRandom(SEED + 1);
    int inexact = 0;
    for (int i = 0; i < 50_000; i++) {
      double a = wild(random, 400);
      double b = wild(random, 80);
      double product = a * b;
      double error = ErrorFree.productError(a, b, product);
      BigDecimal exact = new BigDecimal(a).multiply(new BigDecimal(b));
      BigDecimal found = new BigDecimal(product).add(new BigDecimal(error));
      assertEquals(0, exact.compareTo(found), () -> "seed " + SEED + ": " + a + " * " + b);
      inexact += error != 0 ? 1 : 0;
    }
    assertTrue(inexact > 25_000, "only " + inexact + " products were inexact");
  }

  @Test
  void knownErrors() {
    assertSame(0x1p-60, ErrorFree.sumError(1, 0x1p-60, 1));
    assertSame(0x1p-60, ErrorFree.sumError(0x1p-60, 1, 1));
    assertSame(-0x1p-60, ErrorFree.sumError(-1, -0x1p-60, -1));
    double x = 1 + 0x1p-52;
    assertSame(0x1p-104, ErrorFree.productError(x, x, x * x));
    assertSame(0.0, ErrorFree.productError(3, 5, 15));
  }
}
