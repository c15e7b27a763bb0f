package org.bitref.kernel.vector;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.NE;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.bitref.kernel.blocked.FdaStep;
import org.bitref.kernel.blocked.Microkernel;
import org.bitref.numerics.Format;
import org.bitref.recipe.Accumulator;

/** {@link FdaStep} on four vectors of columns, whose exponents fill one. */
final class VectorFda implements Microkernel.Loop {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  static final int COLUMNS = 4 * LANES;

  /** A step's part of w is read from the second-level cache once for so many rows. */
  static final int ROWS = 4;

  /** Words for one k of the columns' panel: their values and their exponents as bytes. */
  private static final int GROUP = COLUMNS + LANES;

  private static final int EXPONENT = 0x7F80_0000;
  private static final int FLOAT_BIAS = 127;

  /** 2^-14, below which the numbers of float16 are 2^-24 apart. */
  private static final int HALF_NORMAL = Float.floatToRawIntBits(0x1p-14f);

  /** Added to the bits of a power of two: times 1.5·2^13, whose last bit is that of a float16. */
  private static final int TO_HALF = 13 << 23 | 0x0040_0000;

  private final FdaStep step;
  private final boolean half;

  /** The bits of the least 2^E. */
  private final int leastScale;

  /** 2^-F. */
  private final float toUnit;

  VectorFda(FdaStep step) {
    this.step = step;
    this.half = step.acc() == Accumulator.F16RNE;
    this.leastScale = Float.floatToRawIntBits(step.leastScale());
    this.toUnit = Math.scalb(1f, -step.fraction());
  }

  /**
   * One fused step after another, in small methods that share arrays: C2 gives up on a large one.
   */
  @Override
  public void accumulate(
      int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt) {
    int[] powers = new int[COLUMNS];
    int[] sums = new int[COLUMNS];
    for (int k = 0; k < depth; k += step.w()) {
      int terms = Math.min(step.w(), depth - k);
      int group = wAt + k * GROUP;
      for (int i = 0; i < ROWS; i++) {
        int row = aAt + 2 * k * ROWS + i;
        int at = accAt + i * COLUMNS;
        powers(terms, a, row + ROWS, w, group + COLUMNS, acc, at, powers);
        add(terms, a, row, w, group, powers, sums);
        finish(sums, powers, acc, at);
      }
    }
  }

  /** The bits of 2^E, of products and accumulators: floats above zero are ordered as they are. */
  private void powers(
      int terms, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt, int[] powers) {
    ByteVector largest = ByteVector.broadcast(BYTES, Byte.MIN_VALUE);
    for (int i = 0; i < terms; i++) {
      ByteVector row = FloatVector.broadcast(SPECIES, a[aAt + 2 * i * ROWS]).reinterpretAsBytes();
      ByteVector column = FloatVector.fromArray(SPECIES, w, wAt + i * GROUP).reinterpretAsBytes();
      largest = largest.max(row.lanewise(VectorOperators.SADD, column));
    }
    IntVector bytes = largest.reinterpretAsInts();
    for (int j = 0, shift = 24; j < COLUMNS; j += LANES, shift -= Byte.SIZE) {
      IntVector product =
          bytes
              .lanewise(VectorOperators.LSHL, shift)
              .lanewise(VectorOperators.ASHR, 1)
              .and(-1 << 23)
              .add((FLOAT_BIAS - 2 * FdaStep.BIAS) << 23);
      IntVector power =
          FloatVector.fromArray(SPECIES, acc, accAt + j).reinterpretAsInts().and(EXPONENT);
      if (half) {
        power = power.max(HALF_NORMAL).blend(0, power.eq(0));
      }
      power.max(product).max(leastScale).intoArray(powers, j);
    }
  }

  /** The sums of the truncated products, in units of 2^(E-F). */
  private void add(int terms, float[] a, int aAt, float[] w, int wAt, int[] powers, int[] sums) {
    FloatVector s0 = scale(IntVector.fromArray(INTS, powers, 0));
    FloatVector s1 = scale(IntVector.fromArray(INTS, powers, LANES));
    FloatVector s2 = scale(IntVector.fromArray(INTS, powers, 2 * LANES));
    FloatVector s3 = scale(IntVector.fromArray(INTS, powers, 3 * LANES));
    IntVector sum0 = IntVector.zero(INTS);
    IntVector sum1 = IntVector.zero(INTS);
    IntVector sum2 = IntVector.zero(INTS);
    IntVector sum3 = IntVector.zero(INTS);
    for (int i = 0; i < terms; i++) {
      FloatVector x = FloatVector.broadcast(SPECIES, a[aAt + 2 * i * ROWS]);
      int at = wAt + i * GROUP;
      FloatVector p0 = x.mul(FloatVector.fromArray(SPECIES, w, at));
      FloatVector p1 = x.mul(FloatVector.fromArray(SPECIES, w, at + LANES));
      FloatVector p2 = x.mul(FloatVector.fromArray(SPECIES, w, at + 2 * LANES));
      FloatVector p3 = x.mul(FloatVector.fromArray(SPECIES, w, at + 3 * LANES));
      sum0 = sum0.add(truncated(p0.mul(s0)));
      sum1 = sum1.add(truncated(p1.mul(s1)));
      sum2 = sum2.add(truncated(p2.mul(s2)));
      sum3 = sum3.add(truncated(p3.mul(s3)));
    }
    sum0.intoArray(sums, 0);
    sum1.intoArray(sums, LANES);
    sum2.intoArray(sums, 2 * LANES);
    sum3.intoArray(sums, 3 * LANES);
  }

  /** 2^(F-E), from the exponent field of 2^E. */
  private FloatVector scale(IntVector e) {
    return e.neg().add((step.fraction() + 254) << 23).reinterpretAsFloats();
  }

  private static IntVector truncated(FloatVector x) {
    return (IntVector) x.convert(VectorOperators.F2I, 0);
  }

  /**
   * (sum + term)·2^(E-F), rounded as the accumulator is; NaN where the sum takes more than 32 bits,
   * which leaves that output to the interpreter.
   */
  private void finish(int[] sums, int[] powers, float[] acc, int accAt) {
    for (int j = 0; j < COLUMNS; j += LANES) {
      IntVector sum = IntVector.fromArray(INTS, sums, j);
      IntVector e = IntVector.fromArray(INTS, powers, j);
      IntVector term = truncated(FloatVector.fromArray(SPECIES, acc, accAt + j).mul(scale(e)));
      IntVector total = sum.add(term);
      IntVector wrapped = total.lanewise(XOR, sum).and(total.lanewise(XOR, term));
      FloatVector whole =
          ((FloatVector) kept(total.abs()).convert(VectorOperators.I2F, 0))
              .reinterpretAsInts()
              .and(Integer.MAX_VALUE)
              .or(total.and(Integer.MIN_VALUE))
              .reinterpretAsFloats();
      FloatVector result = whole.mul(toUnit).mul(e.reinterpretAsFloats());
      result = half ? toHalf(result) : result;
      result.blend(Float.NaN, wrapped.lt(0).cast(SPECIES)).intoArray(acc, accAt + j);
    }
  }

  /** What the conversion to float, which rounds to nearest even, shall see. */
  private IntVector kept(IntVector magnitude) {
    return switch (step.acc()) {
      case F32RZ -> {
        // Where n bits are too many, the highest of the shifted bits is the highest of those n.
        // Without it the rest is less than half, and the conversion rounds down.
        IntVector surplus = magnitude.lanewise(VectorOperators.LSHR, 24);
        yield magnitude.lanewise(VectorOperators.AND_NOT, surplus);
      }
      case F32RNE -> magnitude;
      case F16RNE, E8M13RZ -> cut(magnitude);
      case F64RNE -> throw new IllegalStateException("a recipe has no such fused dot-add");
    };
  }

  /** The bits that a shorter accumulator has room for. */
  private IntVector cut(IntVector magnitude) {
    int room = step.acc().format() == Format.E8M13 ? 14 : 24;
    IntVector surplus =
        magnitude.lanewise(VectorOperators.LEADING_ZEROS_COUNT).neg().add(32 - room).max(0);
    IntVector mask = IntVector.broadcast(INTS, -1).lanewise(VectorOperators.LSHL, surplus);
    IntVector kept = magnitude.and(mask);
    // To odd: what is cut off shows in the last bit, so that the next rounding is right.
    return half
        ? kept.lanewise(VectorOperators.OR, mask.and(mask.neg()), kept.compare(NE, magnitude))
        : kept;
  }

  /** To nearest even; too large a value becomes NaN. A zero is +0. */
  private static FloatVector toHalf(FloatVector x) {
    FloatVector magic =
        x.reinterpretAsInts().and(EXPONENT).max(HALF_NORMAL).add(TO_HALF).reinterpretAsFloats();
    FloatVector rounded = x.add(magic).sub(magic);
    return rounded.blend(Float.NaN, rounded.abs().compare(GT, 65504f));
  }
}
