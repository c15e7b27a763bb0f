package org.bitref.kernel.vector;

import static jdk.incubator.vector.VectorOperators.GT;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.bitref.kernel.FdaKernel;
import org.bitref.kernel.FdaStep;

/**
 * A fused dot-add with a float16 accumulator, mostly without its fixed-point step: the sum of a
 * step is taken in double, with a bound on its distance from the sum of truncated terms. If a whole
 * interval of that size rounds to the same float16, that is the result; if not, the step is done as
 * it is written.
 *
 * <p>The bound. Each of the w products and the accumulator loses less than one unit 2^(E-F) by
 * truncation, and 2^E is at most the largest power in a's step times the largest power in w's, or
 * the power of the accumulator. With F at most 25 the rounding of the w additions in double,
 * w·2^-53 times a sum below (4w + 2)·2^E, is less than 2^-12 units. So the distance is below (w + 1
 * + 2^-12)·2^(E-F).
 *
 * <p>The interval [v - d, v + d] rounds to r if |v - r| + d is at most half the spacing h of
 * float16 at v, and d is at most h/2, for below a power of two the spacing is half as large.
 */
final class VectorHalfFda extends FdaKernel {
  private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  private static final VectorSpecies<Float> FLOATS =
      VectorSpecies.of(float.class, VectorShape.forBitSize(32 * LANES));
  private static final int ROWS = 8;
  private static final int COLUMNS = 8 * LANES;
  private static final long EXPONENT = 0x7FF0_0000_0000_0000L;
  private static final long HALF_NORMAL = Double.doubleToRawLongBits(0x1p-14);

  /** To the bits of a power of two: 1.5·2^42 times it, whose last bit is that of a float16. */
  private static final long TO_HALF = (42L << 52) | (1L << 51);

  /** From those bits to half that last bit, 1.5·2^53 times less. */
  private static final long TO_HALF_UNIT = (53L << 52) | (1L << 51);

  private final double bound;

  /** No accumulator counts for less: the power of a subnormal one, or the least 2^E. */
  private final double least;

  VectorHalfFda(FdaStep step) {
    super(step);
    this.least = Math.max(0x1p-14, step.leastScale());
    this.bound = Math.scalb(step.w() + 1 + 0x1p-12, -step.fraction());
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
    double[] values = new double[step.w() * COLUMNS];
    float[] powers = new float[COLUMNS];
    double[] sums = new double[COLUMNS];
    double[] row = new double[step.w()];
    for (int k = 0; k < depth; k += step.w()) {
      int terms = Math.min(step.w(), depth - k);
      int at = wAt + 2 * k * COLUMNS;
      widen(terms, w, at, values);
      largest(terms, w, at + COLUMNS, powers);
      for (int i = 0; i < ROWS; i++) {
        int from = aAt + 2 * k * ROWS + i;
        int bits = 0;
        for (int t = 0; t < terms; t++) {
          row[t] = a[from + 2 * t * ROWS];
          // As ints, for which a maximum is one instruction.
          bits = Math.max(bits, Float.floatToRawIntBits(a[from + (2 * t + 1) * ROWS]));
        }
        float power = Float.intBitsToFloat(bits);
        int accRow = accAt + i * stride;
        add(terms, row, values, 0, acc, accRow, sums);
        add(terms, row, values, COLUMNS / 2, acc, accRow + COLUMNS / 2, sums);
        for (int j = 0; j < COLUMNS; j += LANES) {
          if (!round(power * bound, powers, sums, j, acc, accRow + j)) {
            for (int lane = j; lane < j + LANES; lane++) {
              if (Double.isNaN(sums[lane])) {
                int c = accRow + lane;
                acc[c] = step.exact(terms, a, from, 2 * ROWS, w, at + lane, 2 * COLUMNS, acc[c]);
              }
            }
          }
        }
      }
    }
  }

  private static void widen(int terms, float[] w, int wAt, double[] values) {
    for (int t = 0; t < terms; t++) {
      for (int j = 0; j < COLUMNS; j += LANES) {
        load(w, wAt + 2 * t * COLUMNS + j).intoArray(values, t * COLUMNS + j);
      }
    }
  }

  /** The largest power of every column; floats above zero are ordered as their bits are. */
  private static void largest(int terms, float[] w, int wAt, float[] powers) {
    for (int j = 0; j < COLUMNS; j += LANES) {
      IntVector largest = FloatVector.fromArray(FLOATS, w, wAt + j).reinterpretAsInts();
      for (int t = 1; t < terms; t++) {
        int at = wAt + 2 * t * COLUMNS + j;
        largest = largest.max(FloatVector.fromArray(FLOATS, w, at).reinterpretAsInts());
      }
      largest.reinterpretAsFloats().intoArray(powers, j);
    }
  }

  /** The accumulators and all products of a step, in double, for half of the columns. */
  private static void add(
      int terms, double[] a, double[] w, int wAt, float[] acc, int accAt, double[] sums) {
    DoubleVector c0 = load(acc, accAt);
    DoubleVector c1 = load(acc, accAt + LANES);
    DoubleVector c2 = load(acc, accAt + 2 * LANES);
    DoubleVector c3 = load(acc, accAt + 3 * LANES);
    for (int t = 0; t < terms; t++) {
      DoubleVector x = DoubleVector.broadcast(SPECIES, a[t]);
      int at = wAt + t * COLUMNS;
      c0 = x.fma(DoubleVector.fromArray(SPECIES, w, at), c0);
      c1 = x.fma(DoubleVector.fromArray(SPECIES, w, at + LANES), c1);
      c2 = x.fma(DoubleVector.fromArray(SPECIES, w, at + 2 * LANES), c2);
      c3 = x.fma(DoubleVector.fromArray(SPECIES, w, at + 3 * LANES), c3);
    }
    c0.intoArray(sums, wAt);
    c1.intoArray(sums, wAt + LANES);
    c2.intoArray(sums, wAt + 2 * LANES);
    c3.intoArray(sums, wAt + 3 * LANES);
  }

  private static DoubleVector load(float[] acc, int at) {
    return (DoubleVector)
        FloatVector.fromArray(FLOATS, acc, at).convertShape(VectorOperators.F2D, SPECIES, 0);
  }

  /**
   * Rounds one vector of sums into the accumulators. False if the bound leaves any of them open:
   * those accumulators stay as they were, and their sums become NaN.
   */
  private boolean round(
      double scale, float[] powers, double[] sums, int at, float[] acc, int accAt) {
    DoubleVector sum = DoubleVector.fromArray(SPECIES, sums, at);
    DoubleVector before = load(acc, accAt).abs().max(least).mul(bound);
    DoubleVector slack = load(powers, at).mul(scale).max(before);
    LongVector magic = sum.reinterpretAsLongs().and(EXPONENT).max(HALF_NORMAL).add(TO_HALF);
    DoubleVector shift = magic.reinterpretAsDoubles();
    DoubleVector rounded = sum.add(shift).sub(shift);
    DoubleVector halfUnit = magic.sub(TO_HALF_UNIT).reinterpretAsDoubles();
    DoubleVector distance = sum.sub(rounded).abs().add(slack);
    // What has overflowed before compares as false and stays infinite or NaN.
    VectorMask<Double> open =
        distance
            .compare(GT, halfUnit)
            .or(slack.add(slack).compare(GT, halfUnit))
            .or(rounded.abs().compare(GT, 65504.0));
    FloatVector result = (FloatVector) rounded.convertShape(VectorOperators.D2F, FLOATS, 0);
    if (open.anyTrue()) {
      result.intoArray(acc, accAt, open.not().cast(FLOATS));
      sum.blend(Double.NaN, open).intoArray(sums, at);
      return false;
    }
    result.intoArray(acc, accAt);
    return true;
  }
}
