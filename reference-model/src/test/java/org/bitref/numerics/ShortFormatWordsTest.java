package org.bitref.numerics;

import static org.bitref.numerics.Bits.assertSame;
import static org.bitref.numerics.Bits.assertWord;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Every word of the 16-bit and 8-bit formats. */
class ShortFormatWordsTest {
  /** What every word means: counted up from zero, then the rules of the topmost words. */
  private static double[] meanings(Format format) {
    double[] magnitudes = Oracle.magnitudes(format);
    int last = magnitudes.length - 1;
    int half = 1 << (format.width() - 1);
    double[] meanings = new double[2 * half];
    for (int word = 0; word < half; word++) {
      double value = Double.NaN;
      if (word < last) {
        value = magnitudes[word];
      } else if (word == last && format != Format.E4M3) {
        value = Double.POSITIVE_INFINITY;
      }
      meanings[word] = value;
      meanings[half + word] = -value;
    }
    return meanings;
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16", "E4M3", "E5M2"})
  void decode(Format format) {
    double[] meanings = meanings(format);
    for (int i = 0; i < meanings.length; i++) {
      int word = i;
      assertSame(meanings[i], format.decode(i), () -> format + " " + Integer.toHexString(word));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16", "E4M3", "E5M2"})
  void decodeIgnoresHigherBits(Format format) {
    double[] meanings = meanings(format);
    for (int i = 0; i < meanings.length; i += 7) {
      long word = i | 0xABCD_EF01_2345_6789L << format.width();
      assertSame(meanings[i], format.decode(word), () -> format + " " + Long.toHexString(word));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16", "E4M3", "E5M2"})
  void encodeUndoesDecodeAndRoundingChangesNothing(Format format) {
    double[] meanings = meanings(format);
    for (int i = 0; i < meanings.length; i++) {
      double value = meanings[i];
      if (Double.isNaN(value)) {
        continue;
      }
      assertWord(i, format.encode(value), () -> format + " of " + value);
      for (Rounding rounding : Rounding.values()) {
        assertSame(value, format.round(value, rounding), () -> format + " " + rounding);
      }
      double max = format.maxFinite();
      double limited = Double.isInfinite(value) ? Math.copySign(max, value) : value;
      assertSame(limited, format.saturate(value), () -> format + " saturates " + value);
    }
  }

  @ParameterizedTest
  @CsvSource({"BF16, 7FC0", "F16, 7E00", "E4M3, 7F", "E5M2, 7F"})
  void nanHasOneWordPerSign(Format format, String hex) {
    long word = Long.parseLong(hex, 16);
    long sign = 1L << (format.width() - 1);
    double minusNan = Double.longBitsToDouble(0xFFF8_0000_0000_0000L);
    assertEquals(word, format.encode(Double.NaN));
    assertEquals(word | sign, format.encode(minusNan));
  }

  @Test
  void e4m3EncodesInfinityAsNan() {
    assertEquals(0x7F, Format.E4M3.encode(Double.POSITIVE_INFINITY));
    assertEquals(0xFF, Format.E4M3.encode(Double.NEGATIVE_INFINITY));
  }

  @Test
  void directConversionsAgree() {
    for (int word = 0; word < 0x1_0000; word++) {
      int w = word;
      short bits = (short) word;
      assertSame(
          Format.BF16.decode(word), BFloat16.toFloat(bits), () -> "BF16 " + Integer.toHexString(w));
    }
    for (int word = 0; word < 0x100; word++) {
      int w = word;
      byte bits = (byte) word;
      assertSame(Format.E4M3.decode(word), Float8.e4m3ToFloat(bits), () -> "E4M3 " + w);
      assertSame(Format.E5M2.decode(word), Float8.e5m2ToFloat(bits), () -> "E5M2 " + w);
    }
  }

  @Test
  void tensorCoreNanIsNotThatOfAConversion() {
    assertSame(Double.NaN, Format.F16.decode(Half.TENSOR_CORE_NAN));
    assertEquals((short) 0x7FFF, Half.TENSOR_CORE_NAN);
  }
}
