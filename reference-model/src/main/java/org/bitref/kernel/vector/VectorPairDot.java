package org.bitref.kernel.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.bitref.kernel.PairDotKernel;
import org.bitref.recipe.Inner;

/** {@link Inner.Bf16Dp}, 4 rows by 2 vectors of columns. */
final class VectorPairDot extends PairDotKernel {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final int ROWS = 4;
  private static final int COLUMNS = 2 * LANES;
  private static final int SIGN = 0x8000_0000;

  /**
   * Results whose bits without the sign are below this become zero: all subnormal ones, or none.
   */
  private final int smallest;

  VectorPairDot(Inner.Bf16Dp dot) {
    super(dot);
    this.smallest = flushes() ? Float.floatToRawIntBits(Float.MIN_NORMAL) : 0;
  }

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
    int row1 = accAt + stride;
    int row2 = row1 + stride;
    int row3 = row2 + stride;
    FloatVector c00 = FloatVector.fromArray(SPECIES, acc, accAt);
    FloatVector c01 = FloatVector.fromArray(SPECIES, acc, accAt + LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, acc, row1);
    FloatVector c11 = FloatVector.fromArray(SPECIES, acc, row1 + LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, acc, row2);
    FloatVector c21 = FloatVector.fromArray(SPECIES, acc, row2 + LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, acc, row3);
    FloatVector c31 = FloatVector.fromArray(SPECIES, acc, row3 + LANES);
    for (int k = 0; k < depth; k++) {
      FloatVector w0 = FloatVector.fromArray(SPECIES, w, wAt + k * COLUMNS);
      FloatVector w1 = FloatVector.fromArray(SPECIES, w, wAt + k * COLUMNS + LANES);
      int at = aAt + k * ROWS;
      FloatVector a0 = FloatVector.broadcast(SPECIES, a[at]);
      c00 = flush(a0.fma(w0, c00), smallest);
      c01 = flush(a0.fma(w1, c01), smallest);
      FloatVector a1 = FloatVector.broadcast(SPECIES, a[at + 1]);
      c10 = flush(a1.fma(w0, c10), smallest);
      c11 = flush(a1.fma(w1, c11), smallest);
      FloatVector a2 = FloatVector.broadcast(SPECIES, a[at + 2]);
      c20 = flush(a2.fma(w0, c20), smallest);
      c21 = flush(a2.fma(w1, c21), smallest);
      FloatVector a3 = FloatVector.broadcast(SPECIES, a[at + 3]);
      c30 = flush(a3.fma(w0, c30), smallest);
      c31 = flush(a3.fma(w1, c31), smallest);
    }
    c00.intoArray(acc, accAt);
    c01.intoArray(acc, accAt + LANES);
    c10.intoArray(acc, row1);
    c11.intoArray(acc, row1 + LANES);
    c20.intoArray(acc, row2);
    c21.intoArray(acc, row2 + LANES);
    c30.intoArray(acc, row3);
    c31.intoArray(acc, row3 + LANES);
  }

  private static FloatVector flush(FloatVector x, int smallest) {
    IntVector bits = x.reinterpretAsInts();
    var small = bits.and(~SIGN).compare(VectorOperators.LT, smallest);
    return bits.blend(bits.and(SIGN), small).reinterpretAsFloats();
  }
}
