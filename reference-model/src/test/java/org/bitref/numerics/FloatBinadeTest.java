package org.bitref.numerics;

import static org.bitref.numerics.Bits.assertSame;
import static org.bitref.numerics.Bits.assertWord;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Conversions from float, which have a fast way of their own. */
class FloatBinadeTest {
  private static final long SEED = 0x5EED_1002;

  /** All 2^23 floats of [1, 2): counts the floats per result, which must climb one by one. */
  @Test
  void everyFloatOfABinadeToBfloat16() {
    int[] counts = new int[130];
    int previous = 0x3F80;
    for (int bits = 0x3F80_0000; bits <= 0x4000_0000; bits++) {
      int word = BFloat16.fromFloat(Float.intBitsToFloat(bits));
      if (word != previous && word != previous + 1) {
        assertEquals(previous, word, "from float " + Integer.toHexString(bits));
      }
      previous = word;
      counts[word - 0x3F80]++;
    }
    // An even result takes both of its ties. The float 2.0 is the last one.
    assertEquals(0x8001, counts[0]);
    for (int i = 1; i < 128; i++) {
      assertEquals(i % 2 == 0 ? 0x1_0001 : 0xFFFF, counts[i], "floats that become " + i);
    }
    assertEquals(0x8001, counts[128]);
  }

  @Test
  void everyFloatOfABinadeToHalf() {
    int[] counts = new int[1025];
    float previous = 1;
    for (int bits = 0x3F80_0000; bits <= 0x4000_0000; bits++) {
      float rounded = Half.round(Float.intBitsToFloat(bits));
      if (rounded < previous) {
        assertEquals(previous, rounded, "from float " + Integer.toHexString(bits));
      }
      previous = rounded;
      counts[(int) ((rounded - 1) * 1024)]++;
    }
    assertEquals(0x1001, counts[0]);
    for (int i = 1; i < 1024; i++) {
      assertEquals(i % 2 == 0 ? 0x2001 : 0x1FFF, counts[i], "floats that become " + i);
    }
    assertEquals(0x1001, counts[1024]);
  }

  @Test
  void bfloat16Nan() {
    assertEquals((short) 0x7FC0, BFloat16.fromFloat(Float.NaN));
    assertEquals((short) 0x7FC0, BFloat16.fromFloat(Float.intBitsToFloat(0x7FFF_FFFF)));
    assertEquals((short) 0x7FC0, BFloat16.fromFloat(Float.intBitsToFloat(0x7F80_0001)));
    assertEquals((short) 0xFFC0, BFloat16.fromFloat(Float.intBitsToFloat(0xFFFF_FFFF)));
    assertEquals((short) 0xFFC0, BFloat16.fromFloat(Float.intBitsToFloat(0xFF80_0001)));
    assertEquals((short) 0x7F80, BFloat16.fromFloat(Float.POSITIVE_INFINITY));
    assertEquals((short) 0xFF80, BFloat16.fromFloat(Float.NEGATIVE_INFINITY));
    assertEquals((short) 0x8000, BFloat16.fromFloat(-0f));
  }

  /** All exponents and signs, with the bits around the place of rounding. */
  @Test
  void tf32OfEveryExponent() {
    int[] tails = {0, 1, 0xFFE, 0xFFF, 0x1000, 0x1001, 0x1FFE, 0x1FFF};
    for (int exponent = 0; exponent < 255; exponent++) {
      for (int kept : new int[] {0, 1, 2, 3, 0x1FF, 0x200, 0x3FE, 0x3FF}) {
        for (int tail : tails) {
          checkTf32(exponent << 23 | kept << 13 | tail);
        }
      }
    }
  }

  @Test
  void tf32OfARandomMillion() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 1_000_000; i++) {
      int bits = random.nextInt() & 0x7FFF_FFFF;
      if (bits < 0x7F80_0000) {
        checkTf32(bits);
      }
    }
  }

  private static void checkTf32(int bits) {
    // The word is a count of steps, so rounding it as a whole number rounds the value.
    int low = bits / 8192 * 8192;
    int high = low + 8192;
    int rest = bits - low;
    boolean odd = low / 8192 % 2 != 0;
    checkTf32(bits, Rounding.RZ, low);
    checkTf32(bits, Rounding.RNA, rest >= 4096 ? high : low);
    checkTf32(bits, Rounding.RNE, rest > 4096 || (rest == 4096 && odd) ? high : low);
  }

  private static void checkTf32(int bits, Rounding rounding, int expected) {
    float x = Float.intBitsToFloat(bits);
    int actual = Float.floatToRawIntBits(Tf32.round(x, rounding));
    int negative = Float.floatToRawIntBits(Tf32.round(-x, rounding));
    assertWord(expected, actual, () -> "seed " + SEED + ": " + rounding + " of " + x);
    assertWord(expected | 1 << 31, negative, () -> "seed " + SEED + ": " + rounding + " of -" + x);
    assertSame(
        Float.intBitsToFloat(expected),
        Format.TF32.round(x, rounding),
        () -> "seed " + SEED + ": Format " + rounding + " of " + x);
  }

  @Test
  void tf32Specials() {
    for (Rounding rounding : Rounding.values()) {
      assertSame(Float.POSITIVE_INFINITY, Tf32.round(Float.POSITIVE_INFINITY, rounding));
      assertSame(Float.NEGATIVE_INFINITY, Tf32.round(Float.NEGATIVE_INFINITY, rounding));
      assertSame(Double.NaN, Tf32.round(Float.NaN, rounding));
      // Only the low bits say that this is a NaN.
      assertSame(Double.NaN, Tf32.round(Float.intBitsToFloat(0x7F80_0001), rounding));
      assertSame(Double.NaN, Tf32.round(Float.intBitsToFloat(0xFFFF_FFFF), rounding));
    }
    int quiet = Float.floatToRawIntBits(Tf32.round(Float.intBitsToFloat(0x7F80_0001), Rounding.RZ));
    assertEquals(0x7FC0_0001, quiet);
  }
}
