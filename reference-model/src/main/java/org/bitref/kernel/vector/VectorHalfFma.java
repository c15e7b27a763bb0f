package org.bitref.kernel.vector;

import static jdk.incubator.vector.VectorOperators.GE;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.bitref.kernel.Microkernel;

/** Chains of float16 fused multiply-adds in double lanes, rounded after each. */
final class VectorHalfFma implements Microkernel {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final VectorSpecies<Float> FLOATS =
      VectorSpecies.of(float.class, VectorShape.forBitSize(32 * LANES));
  private static final int COLUMNS = 4 * LANES;
  private static final long EXPONENT = 0x7FF0_0000_0000_0000L;
  private static final long HALF_NORMAL = Double.doubleToRawLongBits(0x1p-14);

  /** To the bits of a power of two: 1.5·2^42 times it, whose last bit is that of a float16. */
  private static final long TO_HALF = (42L << 52) | (1L << 51);

  @Override
  public int rows() {
    return 1;
  }

  @Override
  public int columns() {
    return COLUMNS;
  }

  @Override
  public void accumulate(
      int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt, int stride) {
    DoubleVector c0 = load(acc, accAt);
    DoubleVector c1 = load(acc, accAt + LANES);
    DoubleVector c2 = load(acc, accAt + 2 * LANES);
    DoubleVector c3 = load(acc, accAt + 3 * LANES);
    for (int k = 0; k < depth; k++) {
      DoubleVector x = DoubleVector.broadcast(SPECIES, a[aAt + k]);
      int at = wAt + k * COLUMNS;
      c0 = toHalf(x.fma(load(w, at), c0));
      c1 = toHalf(x.fma(load(w, at + LANES), c1));
      c2 = toHalf(x.fma(load(w, at + 2 * LANES), c2));
      c3 = toHalf(x.fma(load(w, at + 3 * LANES), c3));
    }
    store(c0, acc, accAt);
    store(c1, acc, accAt + LANES);
    store(c2, acc, accAt + 2 * LANES);
    store(c3, acc, accAt + 3 * LANES);
  }

  private static DoubleVector load(float[] from, int at) {
    return (DoubleVector)
        FloatVector.fromArray(FLOATS, from, at).convertShape(VectorOperators.F2D, SPECIES, 0);
  }

  private static void store(DoubleVector x, float[] into, int at) {
    ((FloatVector) x.convertShape(VectorOperators.D2F, FLOATS, 0)).intoArray(into, at);
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
