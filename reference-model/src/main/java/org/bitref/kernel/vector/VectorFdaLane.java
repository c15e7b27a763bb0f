package org.bitref.kernel.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.bitref.kernel.blocked.FdaStep;
import org.bitref.numerics.Half;

/** {@link FdaStep#exact} of a float16 accumulator, lanes across the terms of one output. */
final class VectorFdaLane {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final int EXPONENT = 0x7F80_0000;
  private static final int HALF_NORMAL = Float.floatToRawIntBits(0x1p-14f);

  private final int fraction;
  private final int leastPower;
  private final int leastScale;
  private final int rows;
  private final int columns;
  private final int[] ofA = new int[LANES];
  private final int[] ofW = new int[LANES];

  /** Terms lie {@code rows} apart in a, {@code columns} apart in w. */
  VectorFdaLane(FdaStep step, int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
    this.fraction = step.fraction();
    this.leastPower = Float.floatToRawIntBits(step.leastPower());
    this.leastScale = Float.floatToRawIntBits(step.leastScale());
    for (int i = 0; i < LANES; i++) {
      ofA[i] = i * rows;
      ofW[i] = i * columns;
    }
  }

  /**
   * The accumulator after a step.
   *
   * @param terms a multiple of the lanes
   * @param products room for as many
   */
  float exact(
      int terms, float[] a, int aAt, float[] w, int wAt, float[] products, float accumulator) {
    if (!(Math.abs(accumulator) <= Float.MAX_VALUE)) {
      return Float.NaN;
    }
    int power = Math.max(Float.floatToRawIntBits(accumulator) & EXPONENT, HALF_NORMAL);
    int top = accumulator == 0 ? leastScale : Math.max(leastScale, power);
    for (int t = 0; t < terms; t += LANES) {
      FloatVector x = FloatVector.fromArray(SPECIES, a, aAt + t * rows, ofA, 0);
      FloatVector y = FloatVector.fromArray(SPECIES, w, wAt + t * columns, ofW, 0);
      FloatVector product = x.mul(y);
      product.intoArray(products, t);
      FloatVector ofX = x.reinterpretAsInts().and(EXPONENT).max(leastPower).reinterpretAsFloats();
      FloatVector ofY = y.reinterpretAsInts().and(EXPONENT).max(leastPower).reinterpretAsFloats();
      FloatVector powers = ofX.mul(ofY).blend(0, product.eq(0));
      top = Math.max(top, powers.reinterpretAsInts().reduceLanes(VectorOperators.MAX));
    }
    int unit = (top >>> 23) - 127 - fraction;
    float scale = Float.intBitsToFloat((127 - unit) << 23);
    long sum = (long) ((double) accumulator * scale);
    for (int t = 0; t < terms; t += LANES) {
      FloatVector units = FloatVector.fromArray(SPECIES, products, t).mul(scale);
      IntVector cut = (IntVector) units.convert(VectorOperators.F2I, 0);
      sum += cut.reduceLanes(VectorOperators.ADD);
    }
    return (float) Half.nearest(sum * Double.longBitsToDouble((unit + 1023L) << 52)) + 0f;
  }
}
