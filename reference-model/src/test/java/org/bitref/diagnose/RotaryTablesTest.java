package org.bitref.diagnose;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bitref.diagnose.OtherFunction.Known;
import org.bitref.diagnose.OtherFunction.PositionsScaled;
import org.bitref.diagnose.OtherFunction.Rotary;
import org.bitref.diagnose.OtherFunction.Scaled;
import org.bitref.diagnose.OtherFunction.Sections;
import org.bitref.diagnose.RotaryFunction.Found;
import org.bitref.kernel.row.Frequencies;
import org.bitref.kernel.row.Frequencies.Axes;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Both rotary tables together, with numbers that no list has. Tables of bfloat16 tell a frequency
 * where an angle of the image's few rows is more than 2^-6: those of a base of 50, of which the
 * slowest is 50^(-15/16) = 0.026, all of them.
 */
class RotaryTablesTest {
  private static final int D = 32;
  private static final int HALF = D / 2;
  private static final int TEXT = 5;
  private static final int ROWS = 4;
  private static final int COLUMNS = 7;
  private static final int TOKENS = TEXT + ROWS * COLUMNS + 90;
  private static final List<Integer> SECTION = List.of(6, 5, 5);

  /** Text, an image of four rows and seven columns, and text behind it. */
  private static final long[][] POSITIONS = new long[3][TOKENS];

  static {
    for (int t = 0; t < TOKENS; t++) {
      int pixel = t - TEXT;
      boolean image = pixel >= 0 && pixel < ROWS * COLUMNS;
      POSITIONS[0][t] = t < TEXT ? t : image ? TEXT : t - ROWS * COLUMNS + COLUMNS;
      POSITIONS[1][t] = image ? TEXT + pixel / COLUMNS : POSITIONS[0][t];
      POSITIONS[2][t] = image ? TEXT + pixel % COLUMNS : POSITIONS[0][t];
    }
  }

  private static double base(DType dtype) {
    return dtype == DType.F32 ? 5e6 : 50;
  }

  private static RotaryFunction function(DType dtype) {
    return new RotaryFunction(POSITIONS, Frequencies.interleaved(base(dtype), SECTION));
  }

  /** An angle by the model's base, the token and the place of the frequency. */
  @FunctionalInterface
  interface Angle {
    double of(double base, int token, int i);
  }

  /** T H W T H W … */
  private static int interleaved(int i, int h, int w) {
    return i % 3 == 1 && i < 3 * h ? 1 : i % 3 == 2 && i < 3 * w ? 2 : 0;
  }

  private static long position(int token, int i) {
    return POSITIONS[interleaved(i, 5, 5)][token];
  }

  private static double frequency(double base, int i) {
    return Math.pow(base, -i / (double) HALF);
  }

  private static double model(double base, int token, int i) {
    return position(token, i) * frequency(base, i);
  }

  private static Tensor table(boolean sine, DType dtype, double size, Angle angle) {
    double[] values = new double[TOKENS * D];
    for (int i = 0; i < values.length; i++) {
      double x = angle.of(base(dtype), i / D, i % HALF);
      values[i] = size * (sine ? Math.sin(x) : Math.cos(x));
    }
    return Tensor.ofDoubles(Shape.of(1, TOKENS, D), values).cast(dtype);
  }

  private static Optional<OtherFunction> found(DType dtype, double size, Angle angle) {
    return new RotaryTables(
            table(false, dtype, size, angle), table(true, dtype, size, angle), function(dtype))
        .found()
        .flatMap(RotaryFunction.Found::other);
  }

  private static Angle times(double... factors) {
    return (base, t, i) -> model(base, t, i) * factors[Math.min(i, factors.length - 1)];
  }

  private static Angle based(double other) {
    return (base, t, i) -> position(t, i) * frequency(other, i);
  }

  private static Angle sections(List<Integer> section, Axes axes) {
    int t = section.get(0);
    int h = section.get(1);
    return (base, token, i) -> {
      int blocks = i < t ? 0 : i < t + h ? 1 : 2;
      int axis = axes == Axes.BLOCKS ? blocks : interleaved(i, h, section.get(2));
      return POSITIONS[axis][token] * frequency(base, i);
    };
  }

  private static Arguments of(OtherFunction due, double size, Angle angle) {
    return Arguments.of(due, size, angle);
  }

  private static Arguments sections(int t, int h, int w, Axes axes) {
    List<Integer> used = List.of(t, h, w);
    return of(new Sections(used, axes), 1, sections(used, axes));
  }

  static Stream<Arguments> functions() {
    return Stream.of(
        of(new Scaled(1.37), 1.37, RotaryTablesTest::model),
        of(new Scaled(0.8), 0.8, RotaryTablesTest::model),
        of(Known.ROTATED_BACKWARDS, 1, times(-1)),
        of(new PositionsScaled(1.37), 1, times(1.37)),
        of(new PositionsScaled(0.11), 1, times(0.11)),
        // Parts that no list has, odd ones among them.
        sections(9, 4, 3, Axes.INTERLEAVED),
        sections(11, 2, 3, Axes.INTERLEAVED),
        sections(3, 5, 8, Axes.BLOCKS),
        sections(7, 5, 4, Axes.BLOCKS),
        // As YaRN has them: fast frequencies are the model's, slow ones stretched.
        of(new OtherFunction.Frequencies(0.25, 0.25, 13, 1), 1, times(1, 1, 1, 0.25)),
        of(new OtherFunction.Frequencies(0.3, 0.7, 14, 1), 1, times(1, 1, 0.7, 0.7, 0.5, 0.3)));
  }

  @ParameterizedTest
  @MethodSource("functions")
  void aFunctionIsNamed(OtherFunction due, double size, Angle angle) {
    assertEquals(Optional.of(due), found(DType.F32, size, angle), "F32");
    assertEquals(Optional.of(due), found(DType.BF16, size, angle), "BF16");
  }

  @Test
  void exchangedTablesAreNamed() {
    for (DType dtype : List.of(DType.F32, DType.BF16)) {
      Tensor cos = table(false, dtype, 1, RotaryTablesTest::model);
      Tensor sin = table(true, dtype, 1, RotaryTablesTest::model);
      assertEquals(
          Optional.of(Known.COSINE_AND_SINE_EXCHANGED),
          new RotaryTables(/* cos= */ sin, /* sin= */ cos, function(dtype))
              .found()
              .flatMap(RotaryFunction.Found::other));
    }
  }

  /** As YaRN has both; in bfloat16 a size that is no power of two costs frequencies a digit. */
  @Test
  void frequenciesBesideASizeAreNamed() {
    assertEquals(
        Optional.of(new OtherFunction.Frequencies(0.25, 0.25, 13, 1.37)),
        found(DType.F32, 1.37, times(1, 1, 1, 0.25)));
  }

  @Test
  void anotherBaseIsNamed() {
    for (double base : List.of(123000.0, 7.3e7, 37.0)) {
      assertEquals(
          Optional.of(new Rotary(base, 5e6, Axes.INTERLEAVED, 0)),
          found(DType.F32, 1, based(base)));
    }
    for (double base : List.of(37.0, 123.0)) {
      assertEquals(
          Optional.of(new Rotary(base, 50, Axes.INTERLEAVED, 0)),
          found(DType.BF16, 1, based(base)));
    }
  }

  @Test
  void frequenciesInBfloatsAreNamed() {
    Angle angle =
        (base, t, i) -> position(t, i) * Format.BF16.round(frequency(base, i), Rounding.RNE);
    assertEquals(Optional.of(Known.FREQUENCIES_IN_BF16), found(DType.F32, 1, angle));
    assertEquals(Optional.of(Known.FREQUENCIES_IN_BF16), found(DType.BF16, 1, angle));
  }

  /**
   * Of a model with a base of 5e6 the sines of the slowest frequencies are far below a unit of 1 in
   * bfloat16, and still tell which axis they follow.
   */
  @Test
  void theAxisOfASlowFrequencyIsNamed() {
    List<Integer> used = List.of(8, 4, 4);
    RotaryFunction model = new RotaryFunction(POSITIONS, Frequencies.interleaved(5e6, SECTION));
    Tensor[] tables = new Tensor[2];
    for (int table = 0; table < 2; table++) {
      double[] values = new double[TOKENS * D];
      for (int at = 0; at < values.length; at++) {
        int i = at % HALF;
        int axis = interleaved(i, used.get(1), used.get(2));
        double angle = POSITIONS[axis][at / D] * frequency(5e6, i);
        values[at] = table == 0 ? Math.cos(angle) : Math.sin(angle);
      }
      tables[table] = Tensor.ofDoubles(Shape.of(1, TOKENS, D), values).cast(DType.BF16);
    }
    assertEquals(
        Optional.of(new Found(Optional.of(new Sections(used, Axes.INTERLEAVED)))),
        model.of(tables[1], true, Optional.of(tables[0])));
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void theModelsTablesAreNoOther(DType dtype) {
    Tensor cos = table(false, dtype, 1, RotaryTablesTest::model);
    Tensor sin = table(true, dtype, 1, RotaryTablesTest::model);
    Optional<Found> model = Optional.of(new Found(Optional.empty()));
    assertEquals(model, function(dtype).of(cos, false, Optional.of(sin)));
    assertEquals(model, function(dtype).of(sin, true, Optional.of(cos)));
  }

  @Test
  void eachOfBothTablesIsNamedByBoth() {
    RotaryFunction model = function(DType.F32);
    Tensor cos = table(false, DType.F32, 1, based(123000));
    Tensor sin = table(true, DType.F32, 1, based(123000));
    Optional<Found> due =
        Optional.of(new Found(Optional.of(new Rotary(123000, 5e6, Axes.INTERLEAVED, 0))));
    assertEquals(due, model.of(cos, false, Optional.of(sin)));
    assertEquals(due, model.of(sin, true, Optional.of(cos)));
    assertEquals(Optional.empty(), model.of(cos, false, Optional.empty()));
    Tensor part = sin.reshape(Shape.of(TOKENS, D));
    assertEquals(Optional.empty(), model.of(cos, false, Optional.of(part)));
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void aWrongRowOrColumnIsNotNamed(DType dtype) {
    List<Angle> functions = List.of(RotaryTablesTest::model, based(123000), based(37), times(-1));
    for (Angle right : functions) {
      assertNotNamed(dtype, right, (t, i) -> t == 71 ? 0.3 : 0);
      assertNotNamed(dtype, right, (t, i) -> i == 9 ? 0.02 * (t % 5) : 0);
      assertNotNamed(dtype, right, (t, i) -> t == 103 && i == 2 ? 0.1 : 0);
      assertNotNamed(dtype, right, (t, i) -> t == TOKENS - 1 && i == HALF - 1 ? 0.1 : 0);
      assertNotNamed(dtype, right, (t, i) -> t == 0 && i == 0 ? -0.1 : 0);
    }
  }

  /** How far an angle is off. */
  @FunctionalInterface
  private interface Off {
    double of(int token, int i);
  }

  private static void assertNotNamed(DType dtype, Angle right, Off off) {
    assertEquals(
        Optional.empty(), found(dtype, 1, (base, t, i) -> right.of(base, t, i) + off.of(t, i)));
  }

  @Test
  void tablesOfOneSizeEachAreNotNamed() {
    Tensor cos = table(false, DType.F32, 1, RotaryTablesTest::model);
    Tensor sin = table(true, DType.F32, 1.37, RotaryTablesTest::model);
    assertEquals(
        Optional.empty(),
        new RotaryTables(cos, sin, function(DType.F32))
            .found()
            .flatMap(RotaryFunction.Found::other));
  }

  /** Without a token at position 1 a fast frequency may be any of several. */
  @Test
  void withoutATokenAtPositionOneNothingIsNamed() {
    long[][] even = new long[3][TOKENS];
    for (int axis = 0; axis < 3; axis++) {
      for (int t = 0; t < TOKENS; t++) {
        even[axis][t] = 2L * t;
      }
    }
    RotaryFunction model = new RotaryFunction(even, Frequencies.interleaved(5e6, SECTION));
    Angle angle = (_, t, i) -> 2 * t * frequency(123000, i);
    Tensor cos = table(false, DType.F32, 1, angle);
    Tensor sin = table(true, DType.F32, 1, angle);
    assertEquals(
        Optional.empty(),
        new RotaryTables(cos, sin, model).found().flatMap(RotaryFunction.Found::other));
  }
}
