package org.bitref.numerics;

import static org.bitref.numerics.Bits.assertSame;
import static org.bitref.numerics.Bits.assertWord;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The formats with too many words to try them all. */
class LongFormatRoundingTest {
  private static final long SEED = 0x5EED_1001;
  private static final Rounding[] ROUNDINGS = Rounding.values();

  private static void check(Format format, Oracle oracle, double x, Rounding rounding) {
    assertSame(
        oracle.round(x, rounding),
        format.round(x, rounding),
        () -> "seed " + SEED + ": " + format + " " + rounding + " of " + Double.toHexString(x));
  }

  /** A binade's both ends, every combination of last, round and sticky bit, and ties. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "TF32", "E8M13", "BF16", "F16", "E4M3", "E5M2"})
  void boundariesOfEveryBinade(Format format) {
    Oracle oracle = Oracle.of(format);
    int dropped = 53 - oracle.precision();
    for (int exponent = oracle.lowest() - 3; exponent <= format.emax() + 2; exponent++) {
      for (long last = 0; last < 4; last++) {
        for (long top = 0; top < 2; top++) {
          // All ones above the last bits, or all zeros.
          long kept = top == 0 ? last : ((1L << (oracle.precision() - 1)) - 4) | last;
          for (long tail : new long[] {0, 1, 2, 3}) {
            long below = (tail >>> 1) << (dropped - 1) | (tail & 1);
            long bits = (exponent + 1023L) << 52 | (kept << dropped & (1L << 52) - 1) | below;
            checkAround(format, oracle, Double.longBitsToDouble(bits));
          }
        }
      }
    }
  }

  /** The subnormal numbers near zero, their midpoints, and the doubles next to both. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "TF32", "E8M13"})
  void smallestSubnormals(Format format) {
    Oracle oracle = Oracle.of(format);
    for (int halves = 0; halves < 4000; halves++) {
      checkAround(format, oracle, Math.scalb((double) halves, oracle.lowest() - 1));
    }
    checkAround(format, oracle, Double.MIN_VALUE);
    checkAround(format, oracle, Double.MIN_NORMAL);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "TF32", "E8M13"})
  void edgeOfOverflow(Format format) {
    Oracle oracle = Oracle.of(format);
    double half = format.ulp(oracle.largest()) / 2;
    checkAround(format, oracle, oracle.largest());
    checkAround(format, oracle, oracle.largest() + half);
    checkAround(format, oracle, oracle.largest() + 2 * half);
    checkAround(format, oracle, Double.MAX_VALUE);
  }

  private static void checkAround(Format format, Oracle oracle, double x) {
    for (double probe : new double[] {x, Math.nextUp(x), Math.nextDown(x)}) {
      for (Rounding rounding : ROUNDINGS) {
        check(format, oracle, probe, rounding);
        check(format, oracle, -probe, rounding);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "TF32", "E8M13"})
  void aRandomMillion(Format format) {
    SplittableRandom random = new SplittableRandom(SEED + format.precision());
    Oracle oracle = Oracle.of(format);
    for (int i = 0; i < 1_000_000; i++) {
      // Exponents from far below the subnormals to overflow; in a third of them a short tail.
      long exponent = 1023L + random.nextInt(oracle.lowest() - 4, 131);
      long fraction = random.nextLong() >>> 12;
      if (i % 3 == 0) {
        fraction &= -1L << random.nextInt(53);
      }
      long sign = random.nextLong() & Long.MIN_VALUE;
      double x = Double.longBitsToDouble(sign | exponent << 52 | fraction);
      check(format, oracle, x, ROUNDINGS[i % ROUNDINGS.length]);
    }
  }

  @Test
  void f64IsLeftAlone() {
    for (double x : new double[] {1.1, Double.MIN_VALUE, -Double.MAX_VALUE, 0x1.8p-1060}) {
      for (Rounding rounding : ROUNDINGS) {
        assertSame(x, Format.F64.round(x, rounding));
      }
      assertSame(x, Format.F64.saturate(x));
    }
  }

  @Test
  void f32ToNearestEvenIsACast() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 200_000; i++) {
      double x = Math.scalb(random.nextDouble(-2, 2), random.nextInt(-155, 130));
      double expected = (float) x;
      assertSame(expected, Format.F32.round(x, Rounding.RNE), () -> "seed " + SEED + ": " + x);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F32", "TF32", "E8M13"})
  void wordsOfValuesComeBack(Format format) {
    SplittableRandom random = new SplittableRandom(SEED);
    Oracle oracle = Oracle.of(format);
    int unused = format == Format.F64 ? 0 : 24 - oracle.precision();
    long mask = format == Format.F64 ? -1 : 0xFFFF_FFFFL;
    for (int i = 0; i < 200_000; i++) {
      long word = random.nextLong() & mask & -1L << unused;
      double value = format.decode(word);
      if (Double.isNaN(value)) {
        continue;
      }
      assertWord(word, format.encode(value), () -> "seed " + SEED + ": " + format + " " + value);
      assertSame(oracle.round(value, Rounding.RZ), value, () -> format + " holds " + value);
    }
  }
}
