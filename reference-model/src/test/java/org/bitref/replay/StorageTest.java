package org.bitref.replay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Draws of roundings go to neighbours, to the nearer more often. */
final class StorageTest {
  private static final int DRAWS = 4000;

  /** Numbers of all sizes, subnormal ones and both signs among them. */
  private static double[] numbers(Format format, int n) {
    Random random = new Random(11);
    double[] numbers = new double[n];
    for (int i = 0; i < n; i++) {
      double size = Math.scalb(1 + random.nextDouble(), -20 + random.nextInt(30));
      numbers[i] = random.nextBoolean() ? size : -size;
    }
    numbers[0] = 0.3 * format.minSubnormal();
    numbers[1] = -2.7 * format.minSubnormal();
    return numbers;
  }

  private static double below(Format format, double x) {
    return Math.min(format.round(x, Rounding.RZ), away(format, x));
  }

  private static double above(Format format, double x) {
    return Math.max(format.round(x, Rounding.RZ), away(format, x));
  }

  /** The neighbour away from zero, of a number that is none of the format. */
  private static double away(Format format, double x) {
    double inner = format.round(x, Rounding.RZ);
    return inner + Math.copySign(format.ulp(inner), x);
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "F32"})
  void aDrawGoesToOneOfTheNeighbours(Format format) {
    for (double x : numbers(format, 300)) {
      boolean down = false;
      boolean up = false;
      for (int draw = 1; draw <= 200; draw++) {
        double rounded = new Storage(format, draw).round(x, 5);
        assertTrue(rounded == below(format, x) || rounded == above(format, x), x + " " + rounded);
        down |= rounded == below(format, x);
        up |= rounded == above(format, x);
      }
      // A neighbour 1/5 away or more is missed by 200 draws once in (4/5)^200 = 4e-20.
      double share = (x - below(format, x)) / (above(format, x) - below(format, x));
      assertTrue(share > 0.8 || down, x + " never down");
      assertTrue(share < 0.2 || up, x + " never up");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "F32"})
  void whatTheFormatHoldsStays(Format format) {
    for (double x : numbers(format, 300)) {
      double held = format.round(x, Rounding.RNE);
      for (int draw = 0; draw <= 50; draw++) {
        assertEquals(held, new Storage(format, draw).round(held, draw));
      }
    }
    assertEquals(0.0, new Storage(format, 1).round(0.0, 0));
    assertEquals(format.maxFinite(), new Storage(format, 1).round(format.maxFinite(), 0));
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "F32"})
  void drawZeroIsTheNearest(Format format) {
    for (double x : numbers(format, 300)) {
      assertEquals(format.round(x, Rounding.RNE), new Storage(format, 0).round(x, 3));
    }
  }

  /**
   * A draw is up with the probability p = (x - below) / ulp, so that its mean is x. The mean of n
   * draws has a standard deviation of ulp sqrt(p (1 - p) / n); six of them are exceeded twice in
   * 1e9.
   */
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "F32"})
  void theMeanOfDrawsIsTheNumber(Format format) {
    for (double x : numbers(format, 60)) {
      double low = below(format, x);
      double gap = above(format, x) - low;
      int byDraw = 0;
      int byPlace = 0;
      for (int i = 1; i <= DRAWS; i++) {
        byDraw += new Storage(format, i).round(x, 17) == low ? 0 : 1;
        byPlace += new Storage(format, 2).round(x, i) == low ? 0 : 1;
      }
      double p = (x - low) / gap;
      double bound = 6 * Math.sqrt(p * (1 - p) / DRAWS);
      assertEquals(p, (double) byDraw / DRAWS, bound, "draws of " + x);
      assertEquals(p, (double) byPlace / DRAWS, bound, "places of " + x);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void aDrawRepeatsItselfAndDiffersFromOthers(Format format) {
    double[] numbers = numbers(format, 300);
    Rows rows = new Rows(3, 100, numbers);
    double[] once = new Storage(format, 1).round(rows, "layers.0.hidden").values();
    assertArrayEquals(once, new Storage(format, 1).round(rows, "layers.0.hidden").values());
    assertFalse(
        Arrays.equals(once, new Storage(format, 2).round(rows, "layers.0.hidden").values()));
    assertFalse(
        Arrays.equals(once, new Storage(format, 1).round(rows, "layers.1.hidden").values()));
    assertArrayEquals(numbers, rows.values());
    assertSame(rows, Storage.EXACT.round(rows, "layers.0.hidden"));
  }
}
