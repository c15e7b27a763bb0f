package org.bitref.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.bitref.numerics.Format;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Casts, and the rounding of a builder, against a search for the nearest word. */
class TensorRoundingTest {
  private static final long SEED = 0x5EED_2001;
  private static final DType[] SHORT = {DType.BF16, DType.F16, DType.F8_E4M3, DType.F8_E5M2};

  /** More than one block of a cast, and not a whole number of blocks. */
  private static final int N = 3 * 4096 + 17;

  private static void checkWord(DType target, int expected, long actual, double x) {
    if (expected == -1) {
      double value = target.format().orElseThrow().decode(actual);
      assertTrue(Double.isNaN(value), () -> "seed " + SEED + ": " + target + " of " + x);
    } else {
      assertEquals(expected, actual, () -> "seed " + SEED + ": " + target + " of " + x);
    }
  }

  private static void checkCast(Tensor from, DType target) {
    Tensor to = from.cast(target);
    assertEquals(target, to.dtype());
    assertEquals(from.shape(), to.shape());
    Words words = new Words(target);
    for (long i = 0; i < from.elements(); i++) {
      checkWord(target, words.nearest(from.get(i)), to.bits(i), from.get(i));
    }
  }

  private static double[] doubles(SplittableRandom random) {
    double[] values = new double[N];
    for (int i = 0; i < N; i++) {
      values[i] = Math.scalb(random.nextDouble(-2, 2), random.nextInt(-30, 18));
    }
    // Ties of two types, just beside a tie, and what is not finite.
    double[] first = {
      1 + 0x1p-11, 1 + 0x1p-11 + 0x1p-50, 1 + 0x1p-8 - 0x1p-50, -0.0, 0.0, 65520, 464, 61440, 1e300
    };
    System.arraycopy(first, 0, values, 0, first.length);
    values[N - 1] = Double.NaN;
    values[N - 2] = Double.NEGATIVE_INFINITY;
    return values;
  }

  private static float[] narrow(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16", "F8_E4M3", "F8_E5M2"})
  void castsDownFromLongFormats(DType target) {
    double[] values = doubles(new SplittableRandom(SEED));
    checkCast(Tensor.ofDoubles(Shape.of(N), values), target);
    checkCast(Tensor.ofFloats(Shape.of(N), narrow(values)), target);
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16", "F8_E4M3", "F8_E5M2"})
  void castsBetweenShortFormats(DType from) {
    Tensor all = Words.all(from);
    for (DType target : SHORT) {
      if (target != from) {
        checkCast(all, target);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16", "F8_E4M3", "F8_E5M2"})
  void castsUpAreExact(DType from) {
    Tensor all = Words.all(from);
    Tensor floats = all.cast(DType.F32);
    Tensor doubles = all.cast(DType.F64);
    for (long i = 0; i < all.elements(); i++) {
      assertEquals(all.get(i), floats.get(i));
      assertEquals(all.get(i), doubles.get(i));
    }
  }

  @Test
  void castsBetweenLongFormats() {
    double[] values = doubles(new SplittableRandom(SEED));
    values[3] = 1 + 0x1p-24;
    values[4] = 1 + 0x1p-24 + 0x1p-50;
    Tensor doubles = Tensor.ofDoubles(Shape.of(N), values);
    Tensor floats = doubles.cast(DType.F32);
    Tensor back = floats.cast(DType.F64);
    for (int i = 0; i < N; i++) {
      assertEquals(Float.floatToIntBits((float) values[i]) & 0xFFFF_FFFFL, floats.bits(i));
      assertEquals(Double.doubleToLongBits((float) values[i]), back.bits(i));
    }
  }

  @Test
  void castToItsOwnTypeIsTheTensorItself() {
    Tensor floats = Tensor.ofFloats(Shape.of(1), 1f);
    assertSame(floats, floats.cast(DType.F32));
    Tensor longs = Tensor.ofLongs(Shape.of(1), 1);
    assertSame(longs, longs.cast(DType.I64));
  }

  @Test
  void castToAnIntegerIsRefused() {
    Tensor floats = Tensor.ofFloats(Shape.of(1), 1f);
    var thrown = assertThrows(IllegalArgumentException.class, () -> floats.cast(DType.I32));
    assertEquals("I32 is no float type", thrown.getMessage());
  }

  @Test
  void smallIntegers() {
    Tensor bytes = Words.all(DType.I8);
    for (DType target : SHORT) {
      checkCast(bytes, target);
    }
    Tensor shorts = Words.all(DType.U16);
    for (DType target : SHORT) {
      checkCast(shorts, target);
    }
    assertEquals(-128.0, bytes.cast(DType.F32).get(128));
  }

  /** Beyond 2^53 a double does not hold the integer, so going through one rounds twice. */
  @Test
  void wideIntegersRoundOnce() {
    long justAboveATie = (1L << 60) + (1L << 36) + 1;
    assertEquals(0x1.000002p60, cast(DType.I64, justAboveATie, DType.F32));
    assertEquals(0x1p60, cast(DType.I64, justAboveATie - 1, DType.F32));
    assertEquals(0x1p60, (double) (float) (double) justAboveATie);
    assertEquals(-0x1.000002p60, cast(DType.I64, -justAboveATie, DType.F32));
    assertEquals(0x1.02p60, cast(DType.I64, (1L << 60) + (1L << 52) + 1, DType.BF16));
    assertEquals(0x1.02p63, cast(DType.U64, (1L << 63) + (1L << 55) + 1, DType.BF16));
    assertEquals(0x1p64, cast(DType.U64, -1, DType.F32));
    assertEquals(-0x1p63, cast(DType.I64, Long.MIN_VALUE, DType.F32));
    assertEquals(Double.POSITIVE_INFINITY, cast(DType.U64, -1, DType.F16));
  }

  private static double cast(DType from, long value, DType target) {
    return new Tensor(from, Shape.of(), Tensor.ofLongs(Shape.of(), value).data())
        .cast(target)
        .get(0);
  }

  @Test
  void wideIntegersAgainstWholeNumbers() {
    SplittableRandom random = new SplittableRandom(SEED + 1);
    Words bf16 = new Words(DType.BF16);
    for (int i = 0; i < 20_000; i++) {
      // A few leading ones, a gap of zeros around the place of rounding, and a tail.
      int size = random.nextInt(1, 65);
      long value = (random.nextLong() << 48 | random.nextLong() >>> (i % 64)) >>> (64 - size);
      if (i % 3 == 0) {
        value &= -1L << random.nextInt(63);
        value += random.nextInt(-1, 2);
      }
      String where = "seed " + SEED + ": " + Long.toHexString(value);
      BigInteger unsigned = new BigInteger(Long.toUnsignedString(value));
      assertEquals(unsigned.floatValue(), cast(DType.U64, value, DType.F32), where);
      assertEquals(unsigned.doubleValue(), cast(DType.U64, value, DType.F64), where);
      assertEquals((float) value, cast(DType.I64, value, DType.F32), where);
      assertEquals((double) value, cast(DType.I64, value, DType.F64), where);
      // In the second half of a step of BF16 a double still tells on which side of the middle.
      int nearest = bf16.nearest(withSticky(unsigned));
      double expected = Format.BF16.decode(nearest);
      assertEquals(expected, cast(DType.U64, value, DType.BF16), where);
    }
  }

  /** A double on the same side of every midpoint of a short format as the whole number. */
  private static double withSticky(BigInteger x) {
    double near = x.doubleValue();
    int side = x.compareTo(new BigDecimal(near).toBigInteger());
    return side == 0 ? near : side > 0 ? Math.nextUp(near) : Math.nextDown(near);
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16", "F8_E4M3", "F8_E5M2"})
  void builderRounds(DType dtype) {
    double[] values = doubles(new SplittableRandom(SEED + 2));
    float[] floats = narrow(values);
    TensorBuilder set = new TensorBuilder(dtype, Shape.of(N));
    TensorBuilder write = new TensorBuilder(dtype, Shape.of(N));
    for (int i = 0; i < N; i++) {
      set.set(i, values[i]);
    }
    write.write(0, floats, 0, N);
    Tensor fromDoubles = set.build();
    Tensor fromFloats = write.build();
    Words words = new Words(dtype);
    for (int i = 0; i < N; i++) {
      checkWord(dtype, words.nearest(values[i]), fromDoubles.bits(i), values[i]);
      checkWord(dtype, words.nearest(floats[i]), fromFloats.bits(i), floats[i]);
    }
  }
}
