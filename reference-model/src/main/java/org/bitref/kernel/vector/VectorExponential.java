package org.bitref.kernel.vector;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import org.bitref.functions.Sleef;
import org.bitref.kernel.blocked.InnerLoops.FloatFunction;

/**
 * {@link Sleef}, each operation of it in every lane. The integer next to x / ln 2 falls to the low
 * bits of a sum with 1.5 · 2^23, ties to even as in {@link Math#rint}. The power of two is
 * multiplied in as two halves: the first product is exact, since it is not below 2^-77, so that the
 * second rounds as {@link Math#scalb} does.
 */
final class VectorExponential implements FloatFunction {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final float WHOLE = 0x1.8p23f;
  private static final float C0 = Sleef.series(0);
  private static final float C1 = Sleef.series(1);
  private static final float C2 = Sleef.series(2);
  private static final float C3 = Sleef.series(3);
  private static final float C4 = Sleef.series(4);
  private static final float C5 = Sleef.series(5);

  @Override
  public void replace(float[] x, int n) {
    int i = 0;
    for (; i <= n - LANES; i += LANES) {
      exp(FloatVector.fromArray(SPECIES, x, i)).intoArray(x, i);
    }
    if (i < n) {
      VectorMask<Float> rest = SPECIES.indexInRange(i, n);
      exp(FloatVector.fromArray(SPECIES, x, i, rest)).intoArray(x, i, rest);
    }
  }

  private static FloatVector exp(FloatVector x) {
    FloatVector shifted = x.mul(Sleef.LOG2_E).add(WHOLE);
    FloatVector q = shifted.sub(WHOLE);
    FloatVector s = q.fma(broadcast(-Sleef.LN2_LOWER), q.fma(broadcast(-Sleef.LN2_UPPER), x));
    FloatVector series =
        s.fma(broadcast(C0), broadcast(C1))
            .fma(s, broadcast(C2))
            .fma(s, broadcast(C3))
            .fma(s, broadcast(C4))
            .fma(s, broadcast(C5));
    FloatVector fraction = s.mul(s).fma(series, s).add(1f);
    IntVector exponent = shifted.reinterpretAsInts().sub(Float.floatToRawIntBits(WHOLE));
    IntVector half = exponent.lanewise(ASHR, 1);
    return fraction
        .mul(power(half))
        .mul(power(exponent.sub(half)))
        .blend(0f, x.compare(LT, Sleef.LEAST))
        .blend(Float.POSITIVE_INFINITY, x.compare(GT, Sleef.MOST));
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  private static FloatVector power(IntVector exponent) {
    return exponent.add(127).lanewise(LSHL, 23).reinterpretAsFloats();
  }
}
