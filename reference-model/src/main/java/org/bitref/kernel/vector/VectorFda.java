package org.bitref.kernel.vector;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.NE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.bitref.kernel.FdaKernel;
import org.bitref.kernel.FdaStep;
import org.bitref.numerics.Format;
import org.bitref.recipe.Accumulator;

/** {@link FdaStep} on two vectors of columns. */
final class VectorFda extends FdaKernel {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final int COLUMNS = 2 * LANES;
  private static final int EXPONENT = 0x7F80_0000;
  private static final int LEAST_SCALE = Float.floatToRawIntBits(FdaStep.LEAST_SCALE);

  /** 2^-14, below which the numbers of float16 are 2^-24 apart. */
  private static final int HALF_NORMAL = Float.floatToRawIntBits(0x1p-14f);

  /** Added to the bits of a power of two: times 1.5·2^13, whose last bit is that of a float16. */
  private static final int TO_HALF = 13 << 23 | 0x0040_0000;

  private final boolean half;

  /** 2^-F. */
  private final float toUnit;

  /**
   * Leading zeros of an int that has just as many significant bits as the accumulator; 0 if the
   * conversion to float rounds as the accumulator does.
   */
  private final int zeros;

  VectorFda(FdaStep step) {
    super(step);
    this.half = step.acc() == Accumulator.F16RNE;
    this.toUnit = Math.scalb(1f, -step.fraction());
    int kept = step.acc().format() == Format.E8M13 ? 14 : 24;
    this.zeros = step.acc() == Accumulator.F32RNE ? 0 : 32 - kept;
  }

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
    FloatVector c0 = FloatVector.fromArray(SPECIES, acc, accAt);
    FloatVector c1 = FloatVector.fromArray(SPECIES, acc, accAt + LANES);
    int width = step.w();
    int bias = step.fraction() + 254 << 23;
    for (int k = 0; k < depth; k += width) {
      int end = Math.min(depth, k + width);
      IntVector e0 = power(c0);
      IntVector e1 = power(c1);
      for (int i = k; i < end; i++) {
        FloatVector power = FloatVector.broadcast(SPECIES, a[aAt + 2 * i + 1]);
        int at = wAt + (2 * i + 1) * COLUMNS;
        e0 = e0.max(power.mul(FloatVector.fromArray(SPECIES, w, at)).reinterpretAsInts());
        e1 = e1.max(power.mul(FloatVector.fromArray(SPECIES, w, at + LANES)).reinterpretAsInts());
      }
      FloatVector s0 = e0.neg().add(bias).reinterpretAsFloats();
      FloatVector s1 = e1.neg().add(bias).reinterpretAsFloats();
      IntVector sum0 = IntVector.zero(INTS);
      IntVector sum1 = IntVector.zero(INTS);
      for (int i = k; i < end; i++) {
        FloatVector x = FloatVector.broadcast(SPECIES, a[aAt + 2 * i]);
        int at = wAt + 2 * i * COLUMNS;
        sum0 = sum0.add(truncated(x.mul(FloatVector.fromArray(SPECIES, w, at)).mul(s0)));
        sum1 = sum1.add(truncated(x.mul(FloatVector.fromArray(SPECIES, w, at + LANES)).mul(s1)));
      }
      c0 = finish(sum0, truncated(c0.mul(s0)), e0);
      c1 = finish(sum1, truncated(c1.mul(s1)), e1);
    }
    c0.intoArray(acc, accAt);
    c1.intoArray(acc, accAt + LANES);
  }

  private static IntVector truncated(FloatVector x) {
    return (IntVector) x.convert(VectorOperators.F2I, 0);
  }

  /** The bits of 2^E as far as the accumulator is concerned. */
  private IntVector power(FloatVector c) {
    IntVector power = c.reinterpretAsInts().and(EXPONENT);
    if (half) {
      power = power.max(HALF_NORMAL).blend(0, power.eq(0));
    }
    return power.max(LEAST_SCALE);
  }

  /**
   * (sum + term)·2^(E-F), rounded as the accumulator is; NaN where the sum takes more than 32 bits,
   * which leaves that output to the interpreter.
   */
  private FloatVector finish(IntVector sum, IntVector term, IntVector e) {
    IntVector total = sum.add(term);
    IntVector wrapped =
        total
            .lanewise(VectorOperators.XOR, sum)
            .and(total.lanewise(VectorOperators.XOR, term));
    IntVector magnitude = total.abs();
    IntVector surplus =
        magnitude.lanewise(VectorOperators.LEADING_ZEROS_COUNT).neg().add(zeros).max(0);
    IntVector mask = IntVector.broadcast(INTS, -1).lanewise(VectorOperators.LSHL, surplus);
    IntVector kept = magnitude.and(mask);
    if (half) {
      // To odd: what is cut off shows in the last bit, so that the next rounding is right.
      kept = kept.lanewise(VectorOperators.OR, mask.and(mask.neg()), kept.compare(NE, magnitude));
    }
    IntVector sign = total.and(Integer.MIN_VALUE);
    FloatVector whole =
        ((FloatVector) kept.convert(VectorOperators.I2F, 0))
            .reinterpretAsInts()
            .and(Integer.MAX_VALUE)
            .or(sign)
            .reinterpretAsFloats();
    FloatVector result = whole.mul(toUnit).mul(e.reinterpretAsFloats());
    result = half ? toHalf(result) : result;
    return result.blend(Float.NaN, wrapped.lt(0).cast(SPECIES));
  }

  /** To nearest even; too large a value becomes NaN. A zero is +0. */
  private static FloatVector toHalf(FloatVector x) {
    FloatVector magic =
        x.reinterpretAsInts().and(EXPONENT).max(HALF_NORMAL).add(TO_HALF).reinterpretAsFloats();
    FloatVector rounded = x.add(magic).sub(magic);
    return rounded.blend(Float.NaN, rounded.abs().compare(GT, 65504f));
  }
}
