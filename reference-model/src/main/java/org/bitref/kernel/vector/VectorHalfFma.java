package org.bitref.kernel.vector;

import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.MIN;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.bitref.kernel.Microkernel;

/**
 * Chains of float16 fused multiply-adds, each in float and then cut to a float16. Rounding twice
 * differs from rounding once only where the float lies just between two float16s; and below 2^-14 a
 * float16 has other places than the cut. A few terms after which either was seen anywhere are done
 * again in double, as {@code ScalarHalfFma} does all of them.
 *
 * <p>Accumulators are held 2^112-fold: a float then overflows where a float16 does.
 */
final class VectorHalfFma implements Microkernel {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> FLOATS =
      VectorSpecies.of(float.class, VectorShape.forBitSize(32 * DOUBLES.length()));
  private static final int ROWS = 2;
  private static final int COLUMNS = 2 * LANES;

  /** Terms that are done again together. */
  private static final int TERMS = 8;

  private static final float SCALE = 0x1p112f;
  private static final float UNSCALE = 0x1p-112f;
  private static final int HALF_PLACE = 0x1000;
  private static final int PLACES = -0x2000;
  private static final int LEAST_NORMAL = Float.floatToRawIntBits(0x1p-14f * SCALE);
  private static final long EXPONENT = 0x7FF0_0000_0000_0000L;
  private static final long HALF_NORMAL = Double.doubleToRawLongBits(0x1p-14);

  /** To the bits of a power of two: 1.5·2^42 times it, whose last bit is that of a float16. */
  private static final long TO_HALF = (42L << 52) | (1L << 51);

  @Override
  public int rows() {
    return ROWS;
  }

  @Override
  public int columns() {
    return COLUMNS;
  }

  @Override
  public void accumulate(
      int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt, int stride) {
    float[] scaled = new float[ROWS * COLUMNS];
    scale(acc, accAt, scaled, 0, SCALE);
    scale(acc, accAt + stride, scaled, COLUMNS, SCALE);
    for (int k = 0; k < depth; k += TERMS) {
      int terms = Math.min(TERMS, depth - k);
      if (!fast(terms, a, aAt + k * ROWS, w, wAt + k * COLUMNS, scaled)) {
        for (int i = 0; i < scaled.length; i += DOUBLES.length()) {
          int row = aAt + k * ROWS + i / COLUMNS;
          exact(terms, a, row, w, wAt + k * COLUMNS + i % COLUMNS, scaled, i);
        }
      }
    }
    scale(scaled, 0, acc, accAt, UNSCALE);
    scale(scaled, COLUMNS, acc, accAt + stride, UNSCALE);
  }

  private static void scale(float[] from, int at, float[] into, int intoAt, float factor) {
    for (int j = 0; j < COLUMNS; j += LANES) {
      FloatVector.fromArray(SPECIES, from, at + j).mul(factor).intoArray(into, intoAt + j);
    }
  }

  /** False if nothing was done. */
  private static boolean fast(int terms, float[] a, int aAt, float[] w, int wAt, float[] scaled) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, scaled, 0);
    FloatVector c01 = FloatVector.fromArray(SPECIES, scaled, LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, scaled, COLUMNS);
    FloatVector c11 = FloatVector.fromArray(SPECIES, scaled, COLUMNS + LANES);
    IntVector least = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);
    IntVector toTie = least;
    for (int k = 0; k < terms; k++) {
      FloatVector w0 = FloatVector.fromArray(SPECIES, w, wAt + k * COLUMNS);
      FloatVector w1 = FloatVector.fromArray(SPECIES, w, wAt + k * COLUMNS + LANES);
      FloatVector a0 = FloatVector.broadcast(SPECIES, a[aAt + k * ROWS] * SCALE);
      FloatVector a1 = FloatVector.broadcast(SPECIES, a[aAt + k * ROWS + 1] * SCALE);
      IntVector s00 = a0.fma(w0, c00).reinterpretAsInts();
      IntVector s01 = a0.fma(w1, c01).reinterpretAsInts();
      IntVector s10 = a1.fma(w0, c10).reinterpretAsInts();
      IntVector s11 = a1.fma(w1, c11).reinterpretAsInts();
      c00 = s00.add(HALF_PLACE).and(PLACES).reinterpretAsFloats();
      c01 = s01.add(HALF_PLACE).and(PLACES).reinterpretAsFloats();
      c10 = s10.add(HALF_PLACE).and(PLACES).reinterpretAsFloats();
      c11 = s11.add(HALF_PLACE).and(PLACES).reinterpretAsFloats();
      least = least.lanewise(MIN, s00.and(Integer.MAX_VALUE));
      toTie = toTie.lanewise(MIN, beyondTie(s00));
      least = least.lanewise(MIN, s01.and(Integer.MAX_VALUE));
      toTie = toTie.lanewise(MIN, beyondTie(s01));
      least = least.lanewise(MIN, s10.and(Integer.MAX_VALUE));
      toTie = toTie.lanewise(MIN, beyondTie(s10));
      least = least.lanewise(MIN, s11.and(Integer.MAX_VALUE));
      toTie = toTie.lanewise(MIN, beyondTie(s11));
    }
    if (least.lt(LEAST_NORMAL).or(toTie.eq(0)).anyTrue()) {
      return false;
    }
    c00.intoArray(scaled, 0);
    c01.intoArray(scaled, LANES);
    c10.intoArray(scaled, COLUMNS);
    c11.intoArray(scaled, COLUMNS + LANES);
    return true;
  }

  /** Zero just where a float lies between two float16s. */
  private static IntVector beyondTie(IntVector bits) {
    return bits.and(~PLACES).lanewise(VectorOperators.XOR, HALF_PLACE);
  }

  private static void exact(
      int terms, float[] a, int aAt, float[] w, int wAt, float[] scaled, int at) {
    DoubleVector c = load(scaled, at).mul(UNSCALE);
    for (int k = 0; k < terms; k++) {
      DoubleVector x = DoubleVector.broadcast(DOUBLES, a[aAt + k * ROWS]);
      c = toHalf(x.fma(load(w, wAt + k * COLUMNS), c));
    }
    FloatVector narrow = (FloatVector) c.mul(SCALE).convertShape(VectorOperators.D2F, FLOATS, 0);
    narrow.intoArray(scaled, at);
  }

  private static DoubleVector load(float[] from, int at) {
    return (DoubleVector)
        FloatVector.fromArray(FLOATS, from, at).convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  /** To nearest even, infinite from 65520 on; the sign stays, that of a zero included. */
  private static DoubleVector toHalf(DoubleVector x) {
    LongVector bits = x.reinterpretAsLongs();
    LongVector sign = bits.and(Long.MIN_VALUE);
    DoubleVector magnitude = bits.and(Long.MAX_VALUE).reinterpretAsDoubles();
    DoubleVector shift = bits.and(EXPONENT).max(HALF_NORMAL).add(TO_HALF).reinterpretAsDoubles();
    DoubleVector rounded = magnitude.add(shift).sub(shift);
    // An infinity would not survive the shift.
    rounded = rounded.blend(Double.POSITIVE_INFINITY, magnitude.compare(GE, 65520.0));
    return rounded.reinterpretAsLongs().or(sign).reinterpretAsDoubles();
  }
}
