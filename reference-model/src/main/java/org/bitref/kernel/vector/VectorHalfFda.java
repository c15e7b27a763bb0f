package org.bitref.kernel.vector;

import static jdk.incubator.vector.VectorOperators.NE;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import org.bitref.kernel.blocked.FdaMargin;
import org.bitref.kernel.blocked.FdaStep;
import org.bitref.kernel.blocked.Microkernel;

/**
 * A fused dot-add with a float16 accumulator, mostly without its fixed-point step: products are
 * summed in float, and {@link FdaMargin} says how far the step's sum T lies from that. If both ends
 * of the interval round to the same float16, so does T; if not, the step is done as it is written.
 *
 * <p>Accumulators are held 2^112-fold while they are worked on: a float then overflows where a
 * float16 does. Rounding an end is an addition of half of a float16's last place to its bits, and a
 * cut: half away from zero, but a tie is never decided, for T lies inside the interval. Below 2^-14
 * the places of a float16 are wider than that, but there {@link FdaMargin#LEAST} makes the interval
 * longer than a place.
 */
final class VectorHalfFda implements Microkernel.Loop {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();
  static final int ROWS = VectorDots.ROWS;
  static final int COLUMNS = VectorDots.COLUMNS;
  private static final int EXPONENT = 0x7F80_0000;
  private static final int HALF_PLACE = 0x1000;
  private static final int PLACES = -0x2000;
  private static final float SCALE = 0x1p112f;
  private static final float UNSCALE = 0x1p-112f;

  /** 2^-24 of the bounds' product, times the scale. */
  private static final float OF_BOUNDS = 0x1p88f;

  private final FdaStep step;
  private final VectorFdaLane single;
  private final float ofAccumulator;

  VectorHalfFda(FdaStep step, FdaMargin margin) {
    this.step = step;
    this.single = new VectorFdaLane(step, ROWS, COLUMNS);
    this.ofAccumulator = margin.ofAccumulator();
  }

  @Override
  public void accumulate(
      int depth, float[] a, int aAt, float[] w, int wAt, float[] acc, int accAt) {
    float[] scaled = new float[ROWS * COLUMNS];
    float[] sums = new float[ROWS * COLUMNS];
    float[] products = new float[step.w()];
    float[] unrounded = new float[COLUMNS];
    scale(acc, accAt, scaled, 0, SCALE);
    for (int k = 0; k < depth; k += step.w()) {
      int terms = Math.min(step.w(), depth - k);
      int group = k + k / step.w();
      add(
          terms,
          a,
          aAt + group * ROWS,
          w,
          wAt + group * COLUMNS,
          sums,
          products,
          unrounded,
          scaled);
    }
    scale(scaled, 0, acc, accAt, UNSCALE);
  }

  private void scale(float[] from, int at, float[] into, int intoAt, float factor) {
    for (int j = 0; j < ROWS * COLUMNS; j += LANES) {
      FloatVector.fromArray(SPECIES, from, at + j).mul(factor).intoArray(into, intoAt + j);
    }
  }

  /** One step; its bounds lie before its terms. */
  private void add(
      int terms,
      float[] a,
      int aAt,
      float[] w,
      int wAt,
      float[] sums,
      float[] products,
      float[] unrounded,
      float[] scaled) {
    VectorDots.sums(terms, a, aAt + ROWS, w, wAt + COLUMNS, sums);
    for (int i = 0; i < ROWS; i++) {
      float bound = a[aAt + i] * OF_BOUNDS;
      int at = i * COLUMNS;
      long open = round(bound, w, wAt, sums, scaled, at, unrounded, 0);
      open |= round(bound, w, wAt + LANES, sums, scaled, at + LANES, unrounded, LANES) << LANES;
      for (; open != 0; open &= open - 1) {
        int column = Long.numberOfTrailingZeros(open);
        int from = aAt + ROWS + i;
        int to = wAt + COLUMNS + column;
        float before = unrounded[column] * UNSCALE;
        float after =
            terms % LANES == 0
                ? single.exact(terms, a, from, w, to, products, before)
                : step.exact(terms, a, from, ROWS, w, to, COLUMNS, before);
        scaled[at + column] = after * SCALE;
      }
    }
  }

  /**
   * Rounds one vector of sums into the accumulators.
   *
   * @param before takes what they were if any result is open
   * @return as bits, those left open
   */
  private long round(
      float bound,
      float[] w,
      int wAt,
      float[] sums,
      float[] scaled,
      int at,
      float[] before,
      int beforeAt) {
    FloatVector c = FloatVector.fromArray(SPECIES, scaled, at);
    FloatVector sum =
        FloatVector.fromArray(SPECIES, sums, at).fma(FloatVector.broadcast(SPECIES, SCALE), c);
    FloatVector least = FloatVector.broadcast(SPECIES, FdaMargin.LEAST * SCALE);
    FloatVector ofTerms =
        FloatVector.fromArray(SPECIES, w, wAt).fma(FloatVector.broadcast(SPECIES, bound), least);
    FloatVector power = c.reinterpretAsInts().and(EXPONENT).reinterpretAsFloats();
    FloatVector slack =
        sum.abs()
            .fma(
                FloatVector.broadcast(SPECIES, FdaMargin.OF_SUM),
                power.fma(FloatVector.broadcast(SPECIES, ofAccumulator), ofTerms));
    IntVector high = sum.add(slack).reinterpretAsInts().add(HALF_PLACE).and(PLACES);
    IntVector low = sum.sub(slack).reinterpretAsInts().add(HALF_PLACE).and(PLACES);
    VectorMask<Integer> open = high.compare(NE, low);
    high.reinterpretAsFloats().intoArray(scaled, at);
    if (open.anyTrue()) {
      c.intoArray(before, beforeAt);
      return open.toLong();
    }
    return 0;
  }
}
