package org.bitref.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.bitref.numerics.Format;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Errors like an example of rounding pass; errors that point one way do not. */
final class FitTest {
  private static final int TOKENS = 24;
  private static final int WIDTH = 64;

  /** Numbers from 1 to 2: F16's ulp of 2^-10 is small beside errors of 2^-6 and more. */
  private final Rows exact;

  private final Random random = new Random(23);

  FitTest() {
    double[] values = new double[TOKENS * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = 1 + random.nextDouble();
    }
    exact = new Rows(TOKENS, WIDTH, values);
  }

  /** Normally distributed errors, larger for some tokens and channels than for others. */
  private Rows errors() {
    double[] errors = new double[TOKENS * WIDTH];
    for (int i = 0; i < errors.length; i++) {
      double size = (1 + i / WIDTH % 3) * (1 + i % WIDTH % 4) / 64.0;
      errors[i] = size * random.nextGaussian();
    }
    return new Rows(TOKENS, WIDTH, errors);
  }

  private Noise noise() {
    return Noise.of(exact, List.of(exact.plus(1, 1, errors())), Format.F16);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void errorsFromTheSameNoiseAreRounding(int seed) {
    random.setSeed(seed);
    Noise noise = noise();
    Fit fit = Fit.of(exact.plus(1, 1, errors()), exact, noise);
    assertTrue(fit.isRounding(), fit.toString());
    // The size of a channel is told by 24 errors. Its mean square s is chi² / 24, and the mean of
    // 1 / s is 24 / 22; that of a token, told by 64, adds 64 / 62. The mean of 1536 squares whose
    // own spread is sqrt(2) is within 6 sqrt(2 / 1536) of theirs, but for the spread of s, whose
    // 64 values leave 6 sqrt(2 / 24 / 64) of its mean.
    double mean = 24.0 / 22 * 64 / 62;
    assertEquals(mean, fit.mean(), 6 * (Math.sqrt(2.0 / 1536) + Math.sqrt(2.0 / 24 / 64)));
  }

  /**
   * A constant c in one column, in units of the expected error, has the singular value c
   * sqrt(tokens). It is 4.5 times the edge sqrt(tokens) + sqrt(width) of the noise's own: the
   * errors of the example and of what is judged stay below 1.1 of the edge, so that at least 4.5 -
   * 1.1 is left, more than three times 1.1.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void aDirectionIsNotRounding(int seed) {
    random.setSeed(seed);
    Noise noise = noise();
    Rows errors = errors();
    double edge = Math.sqrt(TOKENS) + Math.sqrt(WIDTH);
    double size = 4.5 * edge;
    Rows shifted = exact.plus(1, 1, errors);
    for (int t = 0; t < TOKENS; t++) {
      int at = t * WIDTH + 7;
      shifted.values()[at] += size / Math.sqrt(TOKENS) * Math.sqrt(noise.variance().values()[at]);
    }
    Fit fit = Fit.of(shifted, exact, noise);
    assertFalse(fit.isRounding(), fit.toString());
    assertTrue(fit.isRoundingButInPlaces(), fit.toString());

    // As much energy in all columns has no direction.
    double more = Math.sqrt(fit.mean() / Fit.of(exact.plus(1, 1, errors), exact, noise).mean());
    Fit spread = Fit.of(exact.plus(1, more, errors), exact, noise);
    assertEquals(fit.mean(), spread.mean(), 1e-9);
    assertTrue(spread.isRounding(), spread.toString());
    assertFalse(spread.isBelow(1.5), spread.toString());
  }

  @Test
  void largerErrorsAreNotRounding() {
    Fit fit = Fit.of(exact.plus(1, 3, errors()), exact, noise());
    assertFalse(fit.isRounding(), fit.toString());
    assertFalse(fit.isRoundingButInPlaces(), fit.toString());
  }

  /**
   * Errors of one token that are 4.2 times as large as expected: 17.6 in squares, where 16 pass.
   * Their singular value is 4.2 sqrt(width), and with what the other tokens have, at most 1.1 of
   * the edge, below 2.9 edges: no direction.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void errorsOfOneTokenAreNotRounding(int seed) {
    random.setSeed(seed);
    Noise noise = noise();
    Rows stored = exact.plus(1, 1, errors());
    for (int at = 5 * WIDTH; at < 6 * WIDTH; at++) {
      double error = 4.2 * Math.sqrt(noise.variance().values()[at]);
      stored.values()[at] = exact.values()[at] + (random.nextBoolean() ? error : -error);
    }
    Fit fit = Fit.of(stored, exact, noise);
    assertEquals(4.2 * 4.2, fit.row(), 1e-9);
    assertTrue(fit.direction() < 2.9, fit.toString());
    assertFalse(fit.isRounding(), fit.toString());
    assertTrue(fit.isRoundingButInPlaces(), fit.toString());
  }

  @Test
  void noErrorsAreExpectedWhereTheExampleHasNoneButThoseOfOneRounding() {
    Noise noise = Noise.of(exact, List.of(exact), Format.F16);
    double ulp = Math.scalb(1.0, -10);
    for (double variance : noise.variance().values()) {
      assertEquals(ulp * ulp / 12, variance);
    }
    assertTrue(Fit.of(exact, exact, noise).isRounding());
  }
}
