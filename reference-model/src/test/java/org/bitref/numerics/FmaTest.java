package org.bitref.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The fused multiply-add without the instruction, against that of the JDK. */
class FmaTest {
  private static final float[] FLOATS = {
    0,
    Float.MIN_VALUE,
    Float.MIN_NORMAL,
    1,
    1 + 0x1p-23f,
    0x1p-12f,
    0x1p12f + 1,
    3,
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NaN,
    0x1p-75f,
    0x1p63f,
    16777215
  };
  private static final double[] DOUBLES = {
    0,
    Double.MIN_VALUE,
    Double.MIN_NORMAL,
    1,
    1 + 0x1p-52,
    0x1p-27,
    0x1p27 + 1,
    3,
    Double.MAX_VALUE,
    Double.POSITIVE_INFINITY,
    Double.NaN,
    0x1p-450,
    0x1p-538,
    0x1p500,
    0x1p995
  };

  @Test
  void specialValuesInEveryCombination() {
    for (int i = 0; i < 8; i++) {
      for (float a : FLOATS) {
        for (float b : FLOATS) {
          for (float c : FLOATS) {
            check((i & 1) == 0 ? a : -a, (i & 2) == 0 ? b : -b, (i & 4) == 0 ? c : -c);
          }
        }
      }
      for (double a : DOUBLES) {
        for (double b : DOUBLES) {
          for (double c : DOUBLES) {
            check((i & 1) == 0 ? a : -a, (i & 2) == 0 ? b : -b, (i & 4) == 0 ? c : -c);
          }
        }
      }
    }
  }

  @Test
  void anyNumbers() {
    draw(1, 50_000);
  }

  @Test
  @Tag("long")
  void manyNumbers() {
    draw(2, 30_000_000);
  }

  private static void draw(long seed, int times) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < times; i++) {
      float a = anyFloat(random);
      float b = anyFloat(random);
      check(
          a, b, random.nextBoolean() ? anyFloat(random) : near((float) (-(double) a * b), random));
      // The product of two floats and half a unit of the last place of a third.
      float c = near((float) random.nextDouble(1, 2), random);
      check(1 + random.nextInt(64) * 0x1p-23f, Math.scalb(Math.ulp(c), -random.nextInt(4)), c);
      double x = anyDouble(random);
      double y = anyDouble(random);
      check(x, y, random.nextBoolean() ? anyDouble(random) : near(-x * y, random));
      double z = near(random.nextDouble(1, 2), random);
      check(1 + random.nextInt(64) * 0x1p-52, Math.scalb(Math.ulp(z), -random.nextInt(4)), z);
    }
  }

  /** Of few or many bits, of like or any size. */
  private static float anyFloat(SplittableRandom random) {
    int bits = random.nextInt() & (-1 << random.nextInt(24));
    return random.nextBoolean()
        ? Float.intBitsToFloat(bits)
        : Float.intBitsToFloat((bits & 0x83FF_FFFF) | 0x3C00_0000);
  }

  private static double anyDouble(SplittableRandom random) {
    long bits = random.nextLong() & (-1L << random.nextInt(53));
    return random.nextBoolean()
        ? Double.longBitsToDouble(bits)
        : Double.longBitsToDouble((bits & 0x807F_FFFF_FFFF_FFFFL) | 0x3F80_0000_0000_0000L);
  }

  private static float near(float x, SplittableRandom random) {
    return Float.intBitsToFloat(Float.floatToRawIntBits(x) + random.nextInt(-2, 3));
  }

  private static double near(double x, SplittableRandom random) {
    return Double.longBitsToDouble(Double.doubleToRawLongBits(x) + random.nextInt(-2, 3));
  }

  private static void check(float a, float b, float c) {
    int expected = Float.floatToIntBits(Math.fma(a, b, c));
    if (expected != Float.floatToIntBits(Fma.emulated(a, b, c))) {
      assertEquals(Math.fma(a, b, c), Fma.emulated(a, b, c), () -> a + " * " + b + " + " + c);
    }
  }

  private static void check(double a, double b, double c) {
    long expected = Double.doubleToLongBits(Math.fma(a, b, c));
    if (expected != Double.doubleToLongBits(Fma.emulated(a, b, c))) {
      assertEquals(Math.fma(a, b, c), Fma.emulated(a, b, c), () -> a + " * " + b + " + " + c);
    }
  }
}
