package org.bitref.kernel.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.bitref.kernel.blocked.FdaMargin;

/**
 * The sums of a few products, in float32, for a tile of 6 rows by 2 vectors of columns: terms in
 * groups of {@link FdaMargin#GROUP}, a chain of fused multiply-adds each, then one group after
 * another. That errs less than one chain.
 */
final class VectorDots {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  static final int ROWS = 6;
  static final int COLUMNS = 2 * LANES;

  /** Half of the rows at a time, so that sixteen registers are enough. */
  private static final int HALF = ROWS / 2;

  private VectorDots() {}

  /**
   * Writes the sums of a tile, row after row.
   *
   * @param terms at least one
   * @param a from {@code aAt} on {@code terms} groups of {@link #ROWS} values
   * @param w from {@code wAt} on {@code terms} groups of {@link #COLUMNS} values
   */
  static void sums(int terms, float[] a, int aAt, float[] w, int wAt, float[] sums) {
    if (terms % FdaMargin.GROUP == 0) {
      half(terms, a, aAt, w, wAt, sums, 0);
      half(terms, a, aAt + HALF, w, wAt, sums, HALF * COLUMNS);
    } else {
      for (int i = 0; i < ROWS; i++) {
        row(terms, a, aAt + i, w, wAt, sums, i * COLUMNS);
      }
    }
  }

  /** Whole groups, written out. */
  private static void half(
      int terms, float[] a, int aAt, float[] w, int wAt, float[] sums, int at) {
    FloatVector t00 = FloatVector.zero(SPECIES);
    FloatVector t01 = t00;
    FloatVector t10 = t00;
    FloatVector t11 = t00;
    FloatVector t20 = t00;
    FloatVector t21 = t00;
    for (int k = 0; k < terms; k += FdaMargin.GROUP) {
      int column = wAt + k * COLUMNS;
      int row = aAt + k * ROWS;
      FloatVector w00 = FloatVector.fromArray(SPECIES, w, column);
      FloatVector w01 = FloatVector.fromArray(SPECIES, w, column + LANES);
      FloatVector a00 = FloatVector.broadcast(SPECIES, a[row]);
      FloatVector c00 = a00.mul(w00);
      FloatVector c01 = a00.mul(w01);
      FloatVector a01 = FloatVector.broadcast(SPECIES, a[row + 1]);
      FloatVector c10 = a01.mul(w00);
      FloatVector c11 = a01.mul(w01);
      FloatVector a02 = FloatVector.broadcast(SPECIES, a[row + 2]);
      FloatVector c20 = a02.mul(w00);
      FloatVector c21 = a02.mul(w01);
      FloatVector w10 = FloatVector.fromArray(SPECIES, w, column + 2 * LANES);
      FloatVector w11 = FloatVector.fromArray(SPECIES, w, column + 3 * LANES);
      FloatVector a10 = FloatVector.broadcast(SPECIES, a[row + ROWS]);
      c00 = a10.fma(w10, c00);
      c01 = a10.fma(w11, c01);
      FloatVector a11 = FloatVector.broadcast(SPECIES, a[row + ROWS + 1]);
      c10 = a11.fma(w10, c10);
      c11 = a11.fma(w11, c11);
      FloatVector a12 = FloatVector.broadcast(SPECIES, a[row + ROWS + 2]);
      c20 = a12.fma(w10, c20);
      c21 = a12.fma(w11, c21);
      FloatVector w20 = FloatVector.fromArray(SPECIES, w, column + 4 * LANES);
      FloatVector w21 = FloatVector.fromArray(SPECIES, w, column + 5 * LANES);
      FloatVector a20 = FloatVector.broadcast(SPECIES, a[row + 2 * ROWS]);
      c00 = a20.fma(w20, c00);
      c01 = a20.fma(w21, c01);
      FloatVector a21 = FloatVector.broadcast(SPECIES, a[row + 2 * ROWS + 1]);
      c10 = a21.fma(w20, c10);
      c11 = a21.fma(w21, c11);
      FloatVector a22 = FloatVector.broadcast(SPECIES, a[row + 2 * ROWS + 2]);
      c20 = a22.fma(w20, c20);
      c21 = a22.fma(w21, c21);
      FloatVector w30 = FloatVector.fromArray(SPECIES, w, column + 6 * LANES);
      FloatVector w31 = FloatVector.fromArray(SPECIES, w, column + 7 * LANES);
      FloatVector a30 = FloatVector.broadcast(SPECIES, a[row + 3 * ROWS]);
      c00 = a30.fma(w30, c00);
      c01 = a30.fma(w31, c01);
      FloatVector a31 = FloatVector.broadcast(SPECIES, a[row + 3 * ROWS + 1]);
      c10 = a31.fma(w30, c10);
      c11 = a31.fma(w31, c11);
      FloatVector a32 = FloatVector.broadcast(SPECIES, a[row + 3 * ROWS + 2]);
      c20 = a32.fma(w30, c20);
      c21 = a32.fma(w31, c21);
      t00 = t00.add(c00);
      t01 = t01.add(c01);
      t10 = t10.add(c10);
      t11 = t11.add(c11);
      t20 = t20.add(c20);
      t21 = t21.add(c21);
    }
    t00.intoArray(sums, at);
    t01.intoArray(sums, at + LANES);
    t10.intoArray(sums, at + COLUMNS);
    t11.intoArray(sums, at + COLUMNS + LANES);
    t20.intoArray(sums, at + 2 * COLUMNS);
    t21.intoArray(sums, at + 2 * COLUMNS + LANES);
  }

  /** One row, for the end of a K that is no multiple of a group. */
  private static void row(int terms, float[] a, int aAt, float[] w, int wAt, float[] sums, int at) {
    for (int j = 0; j < COLUMNS; j += LANES) {
      FloatVector total = FloatVector.zero(SPECIES);
      for (int from = 0; from < terms; from += FdaMargin.GROUP) {
        FloatVector chain = FloatVector.zero(SPECIES);
        for (int k = from; k < Math.min(terms, from + FdaMargin.GROUP); k++) {
          FloatVector column = FloatVector.fromArray(SPECIES, w, wAt + k * COLUMNS + j);
          chain = FloatVector.broadcast(SPECIES, a[aAt + k * ROWS]).fma(column, chain);
        }
        total = total.add(chain);
      }
      total.intoArray(sums, at + j);
    }
  }
}
