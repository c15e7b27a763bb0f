package org.bitref.kernel.vector;

import static jdk.incubator.vector.VectorOperators.F2I;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LE;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import org.bitref.functions.CudaMath;
import org.bitref.functions.Sfu;
import org.bitref.kernel.blocked.InnerLoops.FloatFunction;

/**
 * {@link CudaMath#expf} of arguments that are not above zero, as those of a softmax are; others go
 * to that method itself. All integers fit 32 bits: of the products with a segment's slope, the part
 * from bit 15 up is added apart.
 *
 * <p>Three loops, since C2 no longer keeps vectors in registers where a loop has many operations.
 * For one thread.
 */
final class VectorCudaExponential implements FloatFunction {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final int LANES = FLOATS.length();

  /** Arguments that pass a loop together. */
  private static final int BLOCK = 512;

  /** Bits of the fraction, of x within a segment, and of what is cut from the table's sum. */
  private static final int FRACTION = 23;

  private static final int LOW = 17;
  private static final int CUT = 15;

  /** Sums with it have their integer next to them in their low bits. */
  private static final float WHOLE = 0x1.8p23f;

  private static final int[] CONSTANTS = new int[64];
  private static final int[] RESTS_AND_CURVES = new int[64];
  private static final int[] SLOPES = new int[64];

  static {
    long[][] segments = Sfu.ex2Segments();
    for (int i = 0; i < segments.length; i++) {
      CONSTANTS[i] = (int) (segments[i][0] >> CUT);
      RESTS_AND_CURVES[i] = (int) ((segments[i][0] & ((1 << CUT) - 1)) | segments[i][2] << CUT);
      SLOPES[i] = (int) segments[i][1];
    }
  }

  private final float[] scales = new float[BLOCK];
  private final int[] exponents = new int[BLOCK];
  private final int[] segments = new int[BLOCK];
  private final int[] squares = new int[BLOCK];

  @Override
  public void replace(float[] x, int n) {
    for (int from = 0; from < n; from += BLOCK) {
      int to = Math.min(n, from + BLOCK);
      if (reduce(x, from, to)) {
        square(to - from);
        combine(x, from, to);
      } else {
        for (int i = from; i < to; i++) {
          x[i] = CudaMath.expf(x[i]);
        }
      }
    }
  }

  /** Each argument as a power of two and a fixed-point exponent; false if one is above zero. */
  private boolean reduce(float[] x, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      VectorMask<Float> lanes = FLOATS.indexInRange(i, to);
      FloatVector v = FloatVector.fromArray(FLOATS, x, i, lanes);
      if (!v.compare(LE, 0f).allTrue()) {
        return false;
      }
      FloatVector share = v.fma(broadcast(CudaMath.LOG2E_252TH), broadcast(0.5f));
      share = share.blend(0f, share.compare(LE, 0f));
      FloatVector shifted = share.mul(252f).add(WHOLE);
      FloatVector step = shifted.sub(WHOLE);
      FloatVector past = share.fma(broadcast(252f), step.neg());
      step = step.sub(1f, past.compare(LT, 0f));
      FloatVector rest =
          v.fma(
              broadcast(CudaMath.LOG2E_LOW),
              v.fma(broadcast(CudaMath.LOG2E), step.neg().add(126f)));
      step.add(WHOLE + 1)
          .reinterpretAsInts()
          .lanewise(LSHL, FRACTION)
          .reinterpretAsFloats()
          .intoArray(scales, i - from);
      fixed(rest).intoArray(exponents, i - from);
    }
    return true;
  }

  /** To 23 bits after the point, as {@link Sfu#ex2} cuts; -128 and less end at -128. */
  private static IntVector fixed(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector most = magnitude.blend(0x1.fffffep6f, magnitude.compare(GT, 0x1.fffffep6f));
    IntVector cut = (IntVector) most.mul(0x1p23f).convert(F2I, 0);
    VectorMask<Integer> fraction = cut.and((1 << FRACTION) - 1).compare(NE, 0);
    VectorMask<Integer> negative = x.reinterpretAsInts().compare(LT, 0);
    return cut.blend(cut.neg().sub(1, fraction), negative);
  }

  /** The segments' numbers, and the squares as the unit has them: without the lowest columns. */
  private void square(int n) {
    for (int i = 0; i < n; i += LANES) {
      IntVector exponent = IntVector.fromArray(INTS, exponents, i);
      exponent.lanewise(LSHR, LOW).and(63).intoArray(segments, i);
      IntVector sum = IntVector.zero(INTS);
      for (int bit = 10; bit < LOW; bit++) {
        IntVector column =
            exponent.and((1 << bit) - 1).lanewise(LSHR, 18 - bit).add(1 << (2 * bit - 19));
        sum = sum.add(column, exponent.and(1 << bit).compare(NE, 0));
      }
      sum.intoArray(squares, i);
    }
  }

  private void combine(float[] x, int from, int to) {
    for (int i = from; i < to; i += LANES) {
      int at = i - from;
      IntVector exponent = IntVector.fromArray(INTS, exponents, at);
      IntVector slope = IntVector.fromArray(INTS, SLOPES, 0, segments, at);
      IntVector both = IntVector.fromArray(INTS, RESTS_AND_CURVES, 0, segments, at);
      IntVector low =
          both.and((1 << CUT) - 1)
              .add(slope.mul(exponent.and((1 << CUT) - 1)))
              .add(both.lanewise(LSHR, CUT).mul(IntVector.fromArray(INTS, squares, at)));
      IntVector significand =
          IntVector.fromArray(INTS, CONSTANTS, 0, segments, at)
              .add(slope.mul(exponent.lanewise(LSHR, CUT).and(3)))
              .add(low.lanewise(LSHR, CUT));
      IntVector power = exponent.and(-1 << FRACTION).add(126 << FRACTION);
      IntVector bits = power.add(significand);
      FloatVector result =
          bits.blend(0, bits.compare(LT, 1 << FRACTION))
              .reinterpretAsFloats()
              .mul(FloatVector.fromArray(FLOATS, scales, at));
      result.intoArray(x, i, FLOATS.indexInRange(i, to));
    }
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }
}
