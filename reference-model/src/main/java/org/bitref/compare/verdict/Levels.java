package org.bitref.compare.verdict;

/**
 * How large each error is, in octaves: 0 for an equal element, {@link #NOT_FINITE} for a NaN or
 * infinity on one side, else by the exponent of |a − b| over the {@linkplain Sides size} of the
 * element, which is at most 2.
 */
final class Levels {
  static final int LEVELS = 64;
  static final int NOT_FINITE = LEVELS - 1;

  /** The level of errors from 1 to below 2, the largest but one. */
  private static final int ONE = 60;

  private final Layout layout;
  private final byte[] level;
  private final long[] counts = new long[LEVELS];

  Levels(Sides sides, boolean whole) {
    this.layout = sides.layout();
    this.level = new byte[Math.toIntExact(layout.elements())];
    sides.each(
        (i, x, y) -> {
          int of = whole ? (x == y ? 0 : ONE) : level(sides, i, x, y);
          level[(int) i] = (byte) of;
          counts[of]++;
        });
  }

  private static int level(Sides sides, long i, double x, double y) {
    if (x == y || (Double.isNaN(x) && Double.isNaN(y))) {
      return 0;
    }
    if (!Double.isFinite(x) || !Double.isFinite(y)) {
      return NOT_FINITE;
    }
    return of(Math.abs(x - y) / sides.size(i, x, y));
  }

  /** The level of an error that is not zero. */
  static int of(double error) {
    return Math.clamp(Math.getExponent(error) + ONE, 1, ONE + 1);
  }

  /** The square of an error of a level: of the middle of its octave. */
  static double square(int level) {
    return level == 0 ? 0 : Math.scalb(2.0, 2 * (level - ONE));
  }

  /** Elements of a level. */
  long count(int of) {
    return counts[of];
  }

  /** Elements of a level or more. */
  long above(int least) {
    long n = 0;
    for (int i = least; i < LEVELS; i++) {
      n += counts[i];
    }
    return n;
  }

  /** Sum of the squared errors of all finite elements. */
  double squares() {
    double sum = 0;
    for (int i = 1; i < NOT_FINITE; i++) {
      sum += counts[i] * square(i);
    }
    return sum;
  }

  /** Elements of each level by index on an axis, within a region: [index in the set][level]. */
  int[][] byIndex(Region region, int axis) {
    int[][] counts = new int[region.set(axis).length][LEVELS];
    int[] place = new int[Layout.AXES];
    int[] set0 = region.set(0);
    int[] set1 = region.set(1);
    int[] set2 = region.set(2);
    int[] set3 = region.set(3);
    for (int i0 = 0; i0 < set0.length; i0++) {
      place[0] = i0;
      for (int i1 = 0; i1 < set1.length; i1++) {
        place[1] = i1;
        for (int i2 = 0; i2 < set2.length; i2++) {
          place[2] = i2;
          int row = ((set0[i0] * layout.length(1) + set1[i1]) * layout.length(2) + set2[i2]);
          int from = row * layout.length(3);
          int[] line = counts[axis < 3 ? place[axis] : 0];
          for (int i3 = 0; i3 < set3.length; i3++) {
            (axis < 3 ? line : counts[i3])[level[from + set3[i3]]]++;
          }
        }
      }
    }
    return counts;
  }

  /** Elements of each level within a region. */
  long[] within(Region region) {
    long[] sums = new long[LEVELS];
    for (int[] line : byIndex(region, 0)) {
      for (int i = 0; i < LEVELS; i++) {
        sums[i] += line[i];
      }
    }
    return sums;
  }
}
