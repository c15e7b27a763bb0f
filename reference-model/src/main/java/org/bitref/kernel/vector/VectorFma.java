package org.bitref.kernel.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.bitref.kernel.blocked.Microkernel;

/**
 * Chains of float32 fused multiply-adds, 6 rows by 2 vectors of columns: twelve independent chains
 * hide the latency of the multiply-add, and they fit the sixteen registers of AVX2.
 *
 * <p>Every accumulator is a named local on purpose: with arrays of vectors, or with helper methods,
 * C2 keeps them in memory.
 */
final class VectorFma implements Microkernel.Loop {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  static final int ROWS = 6;
  static final int COLUMNS = 2 * LANES;

  @Override
  public void accumulate(
      int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, acc, accAt);
    FloatVector c01 = FloatVector.fromArray(SPECIES, acc, accAt + LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, acc, accAt + 2 * LANES);
    FloatVector c11 = FloatVector.fromArray(SPECIES, acc, accAt + 3 * LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, acc, accAt + 4 * LANES);
    FloatVector c21 = FloatVector.fromArray(SPECIES, acc, accAt + 5 * LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, acc, accAt + 6 * LANES);
    FloatVector c31 = FloatVector.fromArray(SPECIES, acc, accAt + 7 * LANES);
    FloatVector c40 = FloatVector.fromArray(SPECIES, acc, accAt + 8 * LANES);
    FloatVector c41 = FloatVector.fromArray(SPECIES, acc, accAt + 9 * LANES);
    FloatVector c50 = FloatVector.fromArray(SPECIES, acc, accAt + 10 * LANES);
    FloatVector c51 = FloatVector.fromArray(SPECIES, acc, accAt + 11 * LANES);
    for (int k = 0; k < depth; k++) {
      FloatVector w0 = FloatVector.fromArray(SPECIES, w, wAt + k * COLUMNS);
      FloatVector w1 = FloatVector.fromArray(SPECIES, w, wAt + k * COLUMNS + LANES);
      int at = aAt + k * ROWS;
      FloatVector a0 = FloatVector.broadcast(SPECIES, a[at]);
      c00 = a0.fma(w0, c00);
      c01 = a0.fma(w1, c01);
      FloatVector a1 = FloatVector.broadcast(SPECIES, a[at + 1]);
      c10 = a1.fma(w0, c10);
      c11 = a1.fma(w1, c11);
      FloatVector a2 = FloatVector.broadcast(SPECIES, a[at + 2]);
      c20 = a2.fma(w0, c20);
      c21 = a2.fma(w1, c21);
      FloatVector a3 = FloatVector.broadcast(SPECIES, a[at + 3]);
      c30 = a3.fma(w0, c30);
      c31 = a3.fma(w1, c31);
      FloatVector a4 = FloatVector.broadcast(SPECIES, a[at + 4]);
      c40 = a4.fma(w0, c40);
      c41 = a4.fma(w1, c41);
      FloatVector a5 = FloatVector.broadcast(SPECIES, a[at + 5]);
      c50 = a5.fma(w0, c50);
      c51 = a5.fma(w1, c51);
    }
    c00.intoArray(acc, accAt);
    c01.intoArray(acc, accAt + LANES);
    c10.intoArray(acc, accAt + 2 * LANES);
    c11.intoArray(acc, accAt + 3 * LANES);
    c20.intoArray(acc, accAt + 4 * LANES);
    c21.intoArray(acc, accAt + 5 * LANES);
    c30.intoArray(acc, accAt + 6 * LANES);
    c31.intoArray(acc, accAt + 7 * LANES);
    c40.intoArray(acc, accAt + 8 * LANES);
    c41.intoArray(acc, accAt + 9 * LANES);
    c50.intoArray(acc, accAt + 10 * LANES);
    c51.intoArray(acc, accAt + 11 * LANES);
  }
}
