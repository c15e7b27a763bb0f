package org.bitref.kernel.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.bitref.kernel.Microkernel;
import org.bitref.numerics.Half;

/**
 * Chains of float16 fused multiply-adds, each in float and then cut to a float16. Rounding twice
 * differs from rounding once only where the float lies just between two float16s; and below 2^-14 a
 * float16 has other places than the cut. Where either was seen, a few terms are done again in
 * double, as {@code ScalarHalfFma} does all of them.
 *
 * <p>Accumulators are held 2^112-fold: a float then overflows where a float16 does.
 */
final class VectorHalfFma implements Microkernel {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final int ROWS = 2;
  private static final int COLUMNS = LANES;

  /** Terms that are done again together. */
  private static final int TERMS = 8;

  private static final float SCALE = 0x1p112f;
  private static final float UNSCALE = 0x1p-112f;
  private static final int HALF_PLACE = 0x1000;
  private static final int PLACES = -0x2000;
  private static final int LEAST_NORMAL = Float.floatToRawIntBits(0x1p-14f * SCALE);

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
      int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt) {
    float[] scaled = new float[ROWS * COLUMNS];
    scale(acc, accAt, scaled, 0, SCALE);
    scale(acc, accAt + COLUMNS, scaled, COLUMNS, SCALE);
    for (int k = 0; k < depth; k += TERMS) {
      int terms = Math.min(TERMS, depth - k);
      int row = aAt + k * ROWS;
      int column = wAt + k * COLUMNS;
      long open = fast(terms, a, row, w, column, scaled);
      for (; open != 0; open &= open - 1) {
        int lane = Long.numberOfTrailingZeros(open);
        exact(terms, a, row, w, column + lane, scaled, lane);
        exact(terms, a, row + 1, w, column + lane, scaled, COLUMNS + lane);
      }
    }
    scale(scaled, 0, acc, accAt, UNSCALE);
    scale(scaled, COLUMNS, acc, accAt + COLUMNS, UNSCALE);
  }

  private static void scale(float[] from, int at, float[] into, int intoAt, float factor) {
    for (int j = 0; j < COLUMNS; j += LANES) {
      FloatVector.fromArray(SPECIES, from, at + j).mul(factor).intoArray(into, intoAt + j);
    }
  }

  /** All columns but those, as bits, that have to be done again. */
  private static long fast(int terms, float[] a, int aAt, float[] w, int wAt, float[] scaled) {
    FloatVector c0 = FloatVector.fromArray(SPECIES, scaled, 0);
    FloatVector c1 = FloatVector.fromArray(SPECIES, scaled, COLUMNS);
    IntVector least = IntVector.broadcast(IntVector.SPECIES_PREFERRED, Integer.MAX_VALUE);
    IntVector toTie = least;
    for (int k = 0; k < terms; k++) {
      FloatVector column = FloatVector.fromArray(SPECIES, w, wAt + k * COLUMNS);
      float x0 = a[aAt + k * ROWS] * SCALE;
      float x1 = a[aAt + k * ROWS + 1] * SCALE;
      IntVector s0 = FloatVector.broadcast(SPECIES, x0).fma(column, c0).reinterpretAsInts();
      IntVector s1 = FloatVector.broadcast(SPECIES, x1).fma(column, c1).reinterpretAsInts();
      c0 = s0.add(HALF_PLACE).and(PLACES).reinterpretAsFloats();
      c1 = s1.add(HALF_PLACE).and(PLACES).reinterpretAsFloats();
      least = least.min(s0.and(Integer.MAX_VALUE)).min(s1.and(Integer.MAX_VALUE));
      // Zero just where a float lies between two float16s.
      toTie = toTie.min(s0.and(~PLACES).lanewise(VectorOperators.XOR, HALF_PLACE));
      toTie = toTie.min(s1.and(~PLACES).lanewise(VectorOperators.XOR, HALF_PLACE));
    }
    VectorMask<Integer> open = least.lt(LEAST_NORMAL).or(toTie.eq(0));
    if (open.anyTrue()) {
      c0.intoArray(scaled, 0, open.not().cast(SPECIES));
      c1.intoArray(scaled, COLUMNS, open.not().cast(SPECIES));
      return open.toLong();
    }
    c0.intoArray(scaled, 0);
    c1.intoArray(scaled, COLUMNS);
    return 0;
  }

  private static void exact(
      int terms, float[] a, int aAt, float[] w, int wAt, float[] scaled, int at) {
    float c = scaled[at] * UNSCALE;
    for (int k = 0; k < terms; k++) {
      double sum = Math.fma((double) a[aAt + k * ROWS], (double) w[wAt + k * COLUMNS], (double) c);
      c = Math.copySign(Half.nearest(sum), (float) sum);
    }
    scaled[at] = c * SCALE;
  }
}
