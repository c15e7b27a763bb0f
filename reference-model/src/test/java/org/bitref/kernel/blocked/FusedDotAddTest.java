package org.bitref.kernel.blocked;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Random;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One fused step against a second implementation, in decimal numbers of any length. */
final class FusedDotAddTest {
  private static final int STEPS = 2_000;

  @ParameterizedTest
  @CsvSource({
    "f16, 11, -14, 16, 25, f32rz",
    "f16, 11, -14, 16, 25, f16rne",
    "f16, 11, -14, 4, 23, f32rz",
    "bf16, 8, -126, 8, 24, f32rz",
    "tf32, 11, -126, 8, 25, f32rz",
    "e4m3, 4, -6, 32, 13, e8m13rz",
    "e5m2, 3, -14, 16, 13, f16rne",
    "f16, 11, -14, 16, 35, f32rne"
  })
  void equalsTheDecimalModel(String in, int precision, int emin, int w, int fraction, String acc) {
    Random random = new Random(1);
    GemmRecipe recipe =
        GemmRecipe.parse(
            "in=%s | fda(w=%s,F=%s,acc=%s) | seq | none | none | none"
                .formatted(in, w, fraction, acc));
    boolean half = acc.equals("f16rne");
    try (Workers workers = new Workers(1)) {
      for (int step = 0; step < STEPS; step++) {
        int spread = 1 + random.nextInt(10);
        double[] a = values(random, w, precision, emin, spread);
        double[] b = values(random, w, precision, emin, spread);
        double c = values(random, 1, half ? 11 : 24, half ? -14 : -126, spread)[0];
        GemmOperands operands = GemmOperands.NONE.withC(Tensor.ofDoubles(Shape.of(1, 1), c));
        Tensor x = Tensor.ofDoubles(Shape.of(1, w), a);
        Tensor y = Tensor.ofDoubles(Shape.of(1, w), b);
        Tensor d = Kernels.interpreter(recipe).multiply(x, y, operands, workers);
        Tensor fast = Kernels.gemm(recipe).multiply(x, y, operands, workers);
        double expected = model(a, b, c, emin, half ? -14 : -126, fraction, acc);
        assertEquals(expected, d.get(0), () -> acc + " " + c);
        assertEquals(d.bits(0), fast.bits(0));
      }
    }
  }

  /** Numbers of a format: zeros, subnormals, and normal ones whose exponents lie close together. */
  private static double[] values(Random random, int n, int precision, int emin, int spread) {
    double[] values = new double[n];
    int center = Math.max(emin, -8) + random.nextInt(8);
    for (int i = 0; i < n; i++) {
      int exponent = Math.max(emin, center - random.nextInt(spread));
      long significand = random.nextLong(1L << precision);
      double value = Math.scalb((double) significand, exponent - precision + 1);
      values[i] = random.nextInt(8) == 0 ? 0 : random.nextBoolean() ? value : -value;
    }
    return values;
  }

  private static double model(
      double[] a, double[] b, double c, int emin, int accEmin, int fraction, String acc) {
    int largest = c == 0 ? -10_000 : Math.max(Math.getExponent(c), accEmin);
    for (int i = 0; i < a.length; i++) {
      if (a[i] != 0 && b[i] != 0) {
        int exponent =
            Math.max(Math.getExponent(a[i]), emin) + Math.max(Math.getExponent(b[i]), emin);
        largest = Math.max(largest, exponent);
      }
    }
    if (largest == -10_000) {
      return 0;
    }
    BigDecimal unit = power(largest - fraction);
    BigInteger sum = truncated(new BigDecimal(c), unit);
    for (int i = 0; i < a.length; i++) {
      sum = sum.add(truncated(new BigDecimal(a[i]).multiply(new BigDecimal(b[i])), unit));
    }
    return round(new BigDecimal(sum).multiply(unit), acc);
  }

  private static BigInteger truncated(BigDecimal term, BigDecimal unit) {
    // Exact: a power of two divides by a multiplication.
    return term.divide(unit, 400, RoundingMode.UNNECESSARY).toBigInteger();
  }

  private static BigDecimal power(int exponent) {
    BigDecimal two = BigDecimal.TWO.pow(Math.abs(exponent));
    return exponent >= 0 ? two : BigDecimal.ONE.divide(two, 400, RoundingMode.UNNECESSARY);
  }

  private static double round(BigDecimal exact, String acc) {
    int precision = acc.startsWith("f32") ? 24 : acc.startsWith("f16") ? 11 : 14;
    int emin = acc.startsWith("f16") ? -14 : -126;
    if (exact.signum() == 0) {
      return 0;
    }
    int exponent = emin;
    while (exact.abs().compareTo(power(exponent + 1)) >= 0) {
      exponent++;
    }
    RoundingMode mode = acc.endsWith("rne") ? RoundingMode.HALF_EVEN : RoundingMode.DOWN;
    BigDecimal ulp = power(exponent - precision + 1);
    BigDecimal whole = exact.divide(ulp, 0, mode);
    double result = whole.multiply(ulp).doubleValue() + 0.0;
    double max = acc.startsWith("f16") ? 65504 : Float.MAX_VALUE;
    return Math.abs(result) > max ? Math.copySign(Double.POSITIVE_INFINITY, result) : result;
  }
}
