package org.bitref.numerics;

import static org.bitref.numerics.Bits.assertSame;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sums of finite terms against whole numbers without limit. */
class WideAccumulatorTest {
  private static final long SEED = 0x5EED_1005;

  /** Carries that run after 1, 2 or 7 additions; never, in a sum as short as these. */
  private static final int[] LIMITS = {1, 2, 7, 1 << 30};

  private final List<double[]> terms = new ArrayList<>();

  private void product(double a, double b) {
    terms.add(new double[] {a, b});
  }

  private void term(double x) {
    terms.add(new double[] {x});
  }

  /** Sums all terms and checks every format and rounding, under every limit of carries. */
  private void check(String what) {
    BigInteger exact = BigInteger.ZERO;
    for (double[] term : terms) {
      exact = exact.add(term.length == 1 ? exact(term[0], 1) : exact(term[0], term[1]));
    }
    WideAccumulator[] sums = new WideAccumulator[LIMITS.length];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = new WideAccumulator(LIMITS[i]);
      addAll(sums[i]);
    }
    checkRoundings(exact, what, sums);
    terms.clear();
  }

  /** The product as a whole number of 2^-2148. */
  private static BigInteger exact(double a, double b) {
    return Oracle.units(a).multiply(Oracle.units(b));
  }

  private void addAll(WideAccumulator sum) {
    for (double[] term : terms) {
      if (term.length == 1) {
        sum.add(term[0]);
      } else {
        sum.addProduct(term[0], term[1]);
      }
    }
  }

  private static void checkRoundings(BigInteger exact, String what, WideAccumulator... sums) {
    for (Format format : Format.values()) {
      Oracle oracle = Oracle.of(format);
      for (Rounding rounding : Rounding.values()) {
        double value = oracle.round(exact, -2148, rounding);
        // A negative sum that rounds to zero keeps its sign; an exact zero is plus.
        double expected = exact.signum() < 0 ? Math.copySign(value, -1) : value;
        for (int i = 0; i < sums.length; i++) {
          String which = what + ", accumulator " + i;
          assertSame(
              expected,
              sums[i].round(format, rounding),
              () -> which + " " + format + " " + rounding);
        }
      }
    }
  }

  private static double any(SplittableRandom random) {
    double x = Double.longBitsToDouble(random.nextLong());
    return Double.isFinite(x) ? x : 1;
  }

  private static double near(SplittableRandom random, int exponent, int range) {
    return Math.scalb(random.nextDouble(-2, 2), exponent + random.nextInt(-range, range + 1));
  }

  @Test
  void productsOfArbitraryDoubles() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int run = 0; run < 60; run++) {
      for (int i = 0; i < 20; i++) {
        product(any(random), any(random));
        term(any(random));
      }
      check("seed " + SEED + " run " + run);
    }
  }

  /** Everything cancels but a small rest. */
  @Test
  void cancellation() {
    SplittableRandom random = new SplittableRandom(SEED + 1);
    for (int run = 0; run < 60; run++) {
      for (int i = 0; i < 12; i++) {
        double a = near(random, 0, 500);
        double b = near(random, 0, 500);
        product(a, b);
        product(run % 2 == 0 ? -a : a, run % 2 == 0 ? b : -b);
      }
      product(near(random, -60, 40), near(random, -10, 40));
      term(near(random, -20, 40));
      check("seed " + SEED + " run " + run);
    }
  }

  /** Results among the subnormals, the smallest normals and the largest numbers of each format. */
  @ParameterizedTest
  @ValueSource(
      ints = {-1070, -1022, -149, -136, -130, -126, -24, -16, -14, -9, -6, 8, 15, 127, 1023})
  void resultsOfEverySize(int exponent) {
    SplittableRandom random = new SplittableRandom(SEED + exponent);
    for (int run = 0; run < 25; run++) {
      product(near(random, exponent / 2, 3), near(random, exponent - exponent / 2, 3));
      product(near(random, exponent / 2, 12), near(random, exponent - exponent / 2, 12));
      term(near(random, exponent > 1000 ? 1010 : exponent, 12));
      check("seed " + SEED + " run " + run);
    }
  }

  /** The exact midpoint of two neighbours, and a hair more and less, at every place. */
  @Test
  void ties() {
    for (Format format : Format.values()) {
      Oracle oracle = Oracle.of(format);
      int top = oracle.lowest() + oracle.precision();
      for (int exponent : new int[] {oracle.lowest() - 1, oracle.lowest() + 2, top, 0, 5}) {
        for (int odd = 0; odd < 4; odd++) {
          for (double hair : new double[] {0, Double.MIN_VALUE, -Double.MIN_VALUE}) {
            double unit = Math.scalb(1.0, Math.max(exponent - oracle.precision(), -1000));
            for (double sign : new double[] {1, -1}) {
              term(sign * Math.scalb(1.0, Math.max(exponent, -1000)));
              product(sign * odd, unit);
              product(sign * 0.5, unit);
              product(hair, Double.MIN_VALUE);
              check(format + " tie at 2^" + exponent + " + " + odd + " and a half");
            }
          }
        }
      }
    }
  }

  @Test
  void smallestProducts() {
    product(Double.MIN_VALUE, Double.MIN_VALUE);
    check("2^-2148");
    product(-Double.MIN_VALUE, Double.MIN_VALUE);
    check("-2^-2148");
    product(Double.MIN_VALUE, 0.5);
    check("half of 2^-1074, a tie");
    product(Double.MIN_VALUE, 1.5);
    check("one and a half of 2^-1074");
    product(Double.MIN_VALUE, 0.5);
    product(Double.MIN_VALUE, Double.MIN_VALUE);
    check("above a half of 2^-1074");
    product(Double.MIN_NORMAL, Math.nextDown(1.0));
    check("just under the smallest normal");
    product(Double.MIN_VALUE, Double.MAX_VALUE);
    check("from both ends");
  }

  @Test
  void largestProducts() {
    double max = Double.MAX_VALUE;
    product(max, max);
    check("max * max");
    product(max, -max);
    check("max * -max");
    for (int i = 0; i < 300; i++) {
      product(max, i % 2 == 0 ? max : -max);
      product(max, max);
    }
    check("300 max * max");
    product(max, max);
    term(Double.MIN_VALUE);
    product(-max, max);
    check("all but the smallest cancels");
    term(max);
    term(0x1p969);
    check("under half a spacing past the largest");
    term(max);
    term(0x1p970);
    check("half a spacing past the largest");
    term(max);
    term(max);
    term(-max);
    check("max + max - max");
  }

  /** Each place of the digits once, in a product whose halves straddle them. */
  @Test
  void everyPosition() {
    for (int exponent = -1074; exponent <= 971; exponent += 1) {
      double x = Math.scalb((double) 0x1F_FFFF_FFFF_FFFFL, exponent);
      double b = exponent < 0 ? -0x1.FFFF_FFFF_FFFFFp0 : 0x1.0000_0000_00001p0;
      WideAccumulator sum = new WideAccumulator();
      sum.addProduct(x, b);
      sum.add(1);
      BigInteger exact = exact(x, b).add(exact(1, 1));
      int at = exponent;
      double expected = Oracle.of(Format.F64).round(exact, -2148, Rounding.RNE);
      assertSame(expected, sum.toDouble(), () -> "exponent " + at);
    }
  }

  @Test
  void clearForgetsEverything() {
    SplittableRandom random = new SplittableRandom(SEED + 2);
    for (int limit : LIMITS) {
      WideAccumulator sum = new WideAccumulator(limit);
      for (int run = 0; run < 50; run++) {
        BigInteger exact = BigInteger.ZERO;
        for (int i = 0; i < 5; i++) {
          double a = any(random);
          double b = any(random);
          sum.addProduct(a, b);
          exact = exact.add(exact(a, b));
        }
        checkRoundings(exact, "seed " + SEED + " run " + run + " after clear", sum);
        sum.clear();
        assertSame(0.0, sum.toDouble());
      }
    }
  }

  @Test
  void roundingLeavesTheSumAsItWas() {
    WideAccumulator sum = new WideAccumulator();
    sum.add(-1e300);
    sum.add(1e-300);
    assertSame(-1e300, sum.toDouble());
    assertSame(-1e300, sum.toDouble());
    sum.add(1e300);
    assertSame(1e-300, sum.toDouble());
  }

  /** So many additions to one digit that it overflows unless the carries run in time. */
  @Test
  @Tag("long")
  void carriesRunInTime() {
    WideAccumulator sum = new WideAccumulator();
    double allOnes = 0xFFFF_FFFFL;
    long n = (1L << 31) + 1000;
    for (long i = 0; i < n; i++) {
      sum.add(allOnes);
    }
    checkRoundings(exact(allOnes, (double) n), n + " terms", sum);
  }

  /** Many additions of the largest digits, where carries that came too late would overflow. */
  @Test
  void manyAdditions() {
    WideAccumulator sum = new WideAccumulator(1000);
    double x = (double) 0x1F_FFFF_FFFF_FFFFL;
    int n = 300_000;
    for (int i = 0; i < n; i++) {
      sum.addProduct(x, -x);
    }
    checkRoundings(exact(x, x).multiply(BigInteger.valueOf(-n)), n + " terms", sum);
  }
}
