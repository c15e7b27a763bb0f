package org.bitref.numerics;

import static org.bitref.numerics.Bits.assertSame;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FormatTest {
  @ParameterizedTest
  @CsvSource({
    "F64, 64, 53, -1022, 1023, true, 0x1p-53, 0x1p-1074, 0x1.FFFFFFFFFFFFFp1023",
    "F32, 32, 24, -126, 127, true, 0x1p-24, 0x1p-149, 0x1.FFFFFEp127",
    "TF32, 32, 11, -126, 127, true, 0x1p-11, 0x1p-136, 0x1.FFCp127",
    "E8M13, 32, 14, -126, 127, true, 0x1p-14, 0x1p-139, 0x1.FFF8p127",
    "BF16, 16, 8, -126, 127, true, 0x1p-8, 0x1p-133, 0x1.FEp127",
    "F16, 16, 11, -14, 15, true, 0x1p-11, 0x1p-24, 65504",
    "E4M3, 8, 4, -6, 8, false, 0x1p-4, 0x1p-9, 448",
    "E5M2, 8, 3, -14, 15, true, 0x1p-3, 0x1p-16, 57344"
  })
  void constants(
      Format format,
      int width,
      int precision,
      int emin,
      int emax,
      boolean infinities,
      String unitRoundoff,
      String minSubnormal,
      String maxFinite) {
    assertEquals(width, format.width());
    assertEquals(precision, format.precision());
    assertEquals(emin, format.emin());
    assertEquals(emax, format.emax());
    assertEquals(infinities, format.hasInfinities());
    assertSame(Double.parseDouble(unitRoundoff), format.unitRoundoff());
    assertSame(Double.parseDouble(minSubnormal), format.minSubnormal());
    assertSame(Double.parseDouble(maxFinite), format.maxFinite());
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16", "E4M3", "E5M2"})
  void limitsAreThoseOfTheEnumeration(Format format) {
    double smallest = Double.POSITIVE_INFINITY;
    double largest = 0;
    for (int word = 0; word < 1 << format.width(); word++) {
      double value = format.decode(word);
      if (value > 0 && value < Double.POSITIVE_INFINITY) {
        smallest = Math.min(smallest, value);
        largest = Math.max(largest, value);
      }
    }
    assertSame(smallest, format.minSubnormal());
    assertSame(largest, format.maxFinite());
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16", "E4M3", "E5M2"})
  void ulpIsTheStepToTheNextValueAwayFromZero(Format format) {
    double[] values = Oracle.magnitudes(format);
    for (int i = 0; i + 1 < values.length; i++) {
      double step = values[i + 1] - values[i];
      double x = values[i];
      assertSame(step, format.ulp(x), () -> format + " ulp of " + x);
      assertSame(step, format.ulp(-x), () -> format + " ulp of -" + x);
      double inside = Math.nextDown(values[i + 1]);
      assertSame(step, format.ulp(inside), () -> format + " ulp of " + inside);
    }
  }

  @Test
  void ulpOfLongFormats() {
    assertSame(Double.MIN_VALUE, Format.F64.ulp(0));
    assertSame(Double.MIN_VALUE, Format.F64.ulp(Double.MIN_NORMAL));
    assertSame(2 * Double.MIN_VALUE, Format.F64.ulp(2 * Double.MIN_NORMAL));
    assertSame(0x1p971, Format.F64.ulp(Double.MAX_VALUE));
    assertSame(0x1p-52, Format.F64.ulp(-1.5));
    assertSame(0x1p-53, Format.F64.ulp(Math.nextDown(1.0)));
    assertSame(Float.MIN_VALUE, Format.F32.ulp(1e-300));
    assertSame(Math.ulp(3.5f), Format.F32.ulp(3.5));
    assertSame(0x1p-10, Format.TF32.ulp(1));
    assertSame(0x1p-13, Format.E8M13.ulp(1));
  }

  @Test
  void ulpBeyondTheLargestIsThatOfTheLargest() {
    assertSame(32, Format.F16.ulp(1e300));
    assertSame(32, Format.E4M3.ulp(Double.POSITIVE_INFINITY));
    assertSame(32, Format.E4M3.ulp(256));
    assertSame(16, Format.E4M3.ulp(Math.nextDown(256.0)));
    assertSame(0x1p104, Format.F32.ulp(Double.NaN));
  }

  @ParameterizedTest
  @EnumSource
  void specialsRoundToThemselves(Format format) {
    for (Rounding rounding : Rounding.values()) {
      assertSame(0.0, format.round(0.0, rounding));
      assertSame(-0.0, format.round(-0.0, rounding));
      assertSame(Double.NaN, format.round(Double.NaN, rounding));
      double infinity = format == Format.E4M3 ? Double.NaN : Double.POSITIVE_INFINITY;
      assertSame(infinity, format.round(Double.POSITIVE_INFINITY, rounding));
      assertSame(-infinity, format.round(Double.NEGATIVE_INFINITY, rounding));
    }
  }

  @ParameterizedTest
  @EnumSource
  void saturateStopsAtTheLargest(Format format) {
    double max = format.maxFinite();
    assertSame(max, format.saturate(max));
    assertSame(-max, format.saturate(-max));
    assertSame(max, format.saturate(Math.nextUp(max)));
    assertSame(-max, format.saturate(-Math.nextUp(max)));
    assertSame(max, format.saturate(Double.POSITIVE_INFINITY));
    assertSame(-max, format.saturate(Double.NEGATIVE_INFINITY));
    assertSame(Double.NaN, format.saturate(Double.NaN));
    assertSame(0.0, format.saturate(0.0));
    assertSame(-0.0, format.saturate(-0.0));
    assertSame(1.0, format.saturate(Math.nextUp(1.0) - Math.ulp(1.0)));
    assertSame(-format.minSubnormal(), format.saturate(-format.minSubnormal()));
  }

  /** A single word as its specification draws it. */
  @ParameterizedTest
  @CsvSource({
    "F64, 3FF0000000000000, 0x1p0",
    "F64, 8000000000000001, -0x1p-1074",
    "F32, 3F800001, 0x1.000002p0",
    "F32, FF7FFFFF, -0x1.FFFFFEp127",
    "F32, 00000001, 0x1p-149",
    "TF32, 3F802000, 0x1.004p0",
    "TF32, 00002000, 0x1p-136",
    "E8M13, 3F800400, 0x1.0008p0",
    "E8M13, 80000400, -0x1p-139",
    "BF16, 3F81, 0x1.02p0",
    "BF16, FF7F, -0x1.FEp127",
    "F16, 3C01, 0x1.004p0",
    "F16, FBFF, -65504",
    "F16, 0400, 0x1p-14",
    "E4M3, 38, 1",
    "E4M3, 7E, 448",
    "E4M3, 81, -0x1p-9",
    "E4M3, 08, 0x1p-6",
    "E5M2, 3D, 1.25",
    "E5M2, 7B, 57344",
    "E5M2, FC, -Infinity",
    "E5M2, 01, 0x1p-16"
  })
  void knownWords(Format format, String hex, String value) {
    long word = Long.parseUnsignedLong(hex, 16);
    assertSame(Double.parseDouble(value), format.decode(word));
    assertEquals(word, format.encode(Double.parseDouble(value)));
  }
}
