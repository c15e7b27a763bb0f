package org.bitref.kernel.vector;

import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;
import org.bitref.kernel.blocked.Microkernel;
import org.bitref.numerics.Fma;
import org.bitref.numerics.Half;

/**
 * Chains of float16 fused multiply-adds, each in float and then cut to a float16. Rounding twice
 * differs from rounding once only where the float lies just between two float16s; and below 2^-14 a
 * float16 has other places than the cut. Where either was seen, a few terms are done again in
 * double, as {@code ScalarLoops} does all of them.
 *
 * <p>Accumulators are held 2^112-fold: a float then overflows where a float16 does.
 */
final class VectorHalfFma implements Microkernel.Loop {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  static final int ROWS = 4;
  static final int COLUMNS = 2 * LANES;

  /** Rows that are worked on together. */
  private static final int PAIR = 2;

  /** Terms that are done again together. */
  private static final int TERMS = 8;

  private static final float SCALE = 0x1p112f;
  private static final float UNSCALE = 0x1p-112f;
  private static final int HALF_PLACE = 0x1000;
  private static final int PLACES = -0x2000;
  private static final int LEAST_NORMAL = Float.floatToRawIntBits(0x1p-14f * SCALE);

  @Override
  public void accumulate(
      int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt) {
    float[] scaled = new float[ROWS * COLUMNS];
    float[] before = new float[PAIR * COLUMNS];
    scale(acc, accAt, scaled, 0, SCALE);
    for (int k = 0; k < depth; k += TERMS) {
      int terms = Math.min(TERMS, depth - k);
      int column = wAt + k * COLUMNS;
      for (int i = 0; i < ROWS; i += PAIR) {
        int row = aAt + k * ROWS + i;
        long open = fast(terms, a, row, w, column, scaled, i * COLUMNS, before);
        for (; open != 0; open &= open - 1) {
          int at = Long.numberOfTrailingZeros(open);
          int from = row + at / COLUMNS;
          float sum = exact(terms, a, from, w, column + at % COLUMNS, before[at]);
          scaled[i * COLUMNS + at] = sum;
        }
      }
    }
    scale(scaled, 0, acc, accAt, UNSCALE);
  }

  private static void scale(float[] from, int at, float[] into, int intoAt, float factor) {
    for (int j = 0; j < ROWS * COLUMNS; j += LANES) {
      FloatVector.fromArray(SPECIES, from, at + j).mul(factor).intoArray(into, intoAt + j);
    }
  }

  /**
   * A pair of rows.
   *
   * @param before takes what their accumulators were if any is open
   * @return as bits, those left open, which have to be done again
   */
  private static long fast(
      int terms, float[] a, int aAt, float[] w, int wAt, float[] scaled, int at, float[] before) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, scaled, at);
    FloatVector c01 = FloatVector.fromArray(SPECIES, scaled, at + LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, scaled, at + COLUMNS);
    FloatVector c11 = FloatVector.fromArray(SPECIES, scaled, at + COLUMNS + LANES);
    IntVector least00 = IntVector.broadcast(INTS, Integer.MAX_VALUE);
    IntVector least01 = least00;
    IntVector least10 = least00;
    IntVector least11 = least00;
    // Zero where a float lay between two float16s.
    IntVector tie00 = least00;
    IntVector tie01 = least00;
    IntVector tie10 = least00;
    IntVector tie11 = least00;
    for (int k = 0; k < terms; k++) {
      FloatVector w0 = FloatVector.fromArray(SPECIES, w, wAt + k * COLUMNS).mul(SCALE);
      FloatVector w1 = FloatVector.fromArray(SPECIES, w, wAt + k * COLUMNS + LANES).mul(SCALE);
      FloatVector a0 = FloatVector.broadcast(SPECIES, a[aAt + k * ROWS]);
      FloatVector a1 = FloatVector.broadcast(SPECIES, a[aAt + k * ROWS + 1]);
      IntVector s00 = a0.fma(w0, c00).reinterpretAsInts();
      IntVector s01 = a0.fma(w1, c01).reinterpretAsInts();
      IntVector s10 = a1.fma(w0, c10).reinterpretAsInts();
      IntVector s11 = a1.fma(w1, c11).reinterpretAsInts();
      c00 = s00.add(HALF_PLACE).and(PLACES).reinterpretAsFloats();
      c01 = s01.add(HALF_PLACE).and(PLACES).reinterpretAsFloats();
      c10 = s10.add(HALF_PLACE).and(PLACES).reinterpretAsFloats();
      c11 = s11.add(HALF_PLACE).and(PLACES).reinterpretAsFloats();
      least00 = least00.min(s00.and(Integer.MAX_VALUE));
      least01 = least01.min(s01.and(Integer.MAX_VALUE));
      least10 = least10.min(s10.and(Integer.MAX_VALUE));
      least11 = least11.min(s11.and(Integer.MAX_VALUE));
      tie00 = tie00.min(s00.and(~PLACES).lanewise(XOR, HALF_PLACE));
      tie01 = tie01.min(s01.and(~PLACES).lanewise(XOR, HALF_PLACE));
      tie10 = tie10.min(s10.and(~PLACES).lanewise(XOR, HALF_PLACE));
      tie11 = tie11.min(s11.and(~PLACES).lanewise(XOR, HALF_PLACE));
    }
    long open00 = least00.lt(LEAST_NORMAL).or(tie00.eq(0)).toLong();
    long open01 = least01.lt(LEAST_NORMAL).or(tie01.eq(0)).toLong();
    long open10 = least10.lt(LEAST_NORMAL).or(tie10.eq(0)).toLong();
    long open11 = least11.lt(LEAST_NORMAL).or(tie11.eq(0)).toLong();
    long open = open00 | open01 << LANES | open10 << COLUMNS | open11 << (COLUMNS + LANES);
    if (open != 0) {
      System.arraycopy(scaled, at, before, 0, before.length);
    }
    c00.intoArray(scaled, at);
    c01.intoArray(scaled, at + LANES);
    c10.intoArray(scaled, at + COLUMNS);
    c11.intoArray(scaled, at + COLUMNS + LANES);
    return open;
  }

  private static float exact(int terms, float[] a, int aAt, float[] w, int wAt, float scaled) {
    double c = scaled * UNSCALE;
    for (int k = 0; k < terms; k++) {
      c = Half.nearest(Fma.of((double) a[aAt + k * ROWS], (double) w[wAt + k * COLUMNS], c));
    }
    return (float) c * SCALE;
  }
}
