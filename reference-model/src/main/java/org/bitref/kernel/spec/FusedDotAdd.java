package org.bitref.kernel.spec;

import org.bitref.kernel.spec.KPlan.Range;
import org.bitref.kernel.spec.KPlan.Run;
import org.bitref.recipe.Inner;
import org.bitref.recipe.Input;
import org.bitref.recipe.KOrder;

/** {@link Inner.Fda}: products and accumulator added in fixed point, steps of w terms. */
final class FusedDotAdd implements InnerSum {
  /** Below every exponent of a product that is not zero. */
  private static final int NONE = Integer.MIN_VALUE;

  private final Inner.Fda fda;
  private final KOrder order;
  private final int aLeast;
  private final int bLeast;
  private final int accLeast;
  private final Arithmetic last;
  private final int[] step;
  private int terms;

  FusedDotAdd(Inner.Fda fda, Input in) {
    this.fda = fda;
    this.order = fda.kper();
    this.aLeast = in.x().emin();
    this.bLeast = in.w().emin();
    this.accLeast = fda.acc().format().emin();
    this.last = Arithmetic.nearest(fda.acc().format());
    this.step = new int[fda.w()];
  }

  @Override
  public double sum(double acc, double[] a, double[] b, Run run) {
    double sum = acc;
    for (Range range : run.ranges()) {
      int places = (range.length() + order.period() - 1) / order.period() * order.period();
      int instruction = fda.clast() ? 2 * fda.w() : Math.max(places, 1);
      for (int place = 0; place < places; place += instruction) {
        int end = Math.min(places, place + instruction);
        sum =
            fda.clast()
                ? last.add(sum, steps(0, a, b, range, place, end))
                : steps(sum, a, b, range, place, end);
      }
    }
    return sum;
  }

  private double steps(double acc, double[] a, double[] b, Range range, int from, int to) {
    double sum = acc;
    for (int place = from; place < to; place += fda.w()) {
      terms = 0;
      for (int i = place; i < Math.min(to, place + fda.w()); i++) {
        int k = range.from() + order.at(i);
        if (k < range.to()) {
          step[terms++] = k;
        }
      }
      sum = step(sum, a, b);
    }
    return sum;
  }

  /** One fused step over the k in {@code step[0 .. terms)}. */
  private double step(double acc, double[] a, double[] b) {
    int largest = acc == 0 ? NONE : exponent(acc, accLeast);
    double special = Double.isFinite(acc) ? 0 : acc;
    for (int i = 0; i < terms; i++) {
      double product = a[step[i]] * b[step[i]];
      if (!Double.isFinite(product)) {
        special += product;
      } else if (product != 0) {
        int exponent = exponent(a[step[i]], aLeast) + exponent(b[step[i]], bLeast);
        largest = Math.max(largest, exponent);
      }
    }
    if (special != 0) {
      return special;
    }
    if (largest == NONE) {
      return 0;
    }
    int unit = Math.max(largest, fda.floor().orElse(NONE)) - fda.fraction();
    long sum = truncated(acc, unit);
    for (int i = 0; i < terms; i++) {
      // The product of two floats is exact in a double.
      sum += truncated(a[step[i]] * b[step[i]], unit);
    }
    // A negative sum that rounds to zero gives +0, too.
    return fda.acc().round(Math.scalb((double) sum, unit)) + 0.0;
  }

  private static int exponent(double x, int least) {
    return Math.max(Math.getExponent(x), least);
  }

  /** The term in units of 2^unit, truncated toward zero: below 2^42 for every F that is allowed. */
  private static long truncated(double term, int unit) {
    return (long) Math.scalb(term, -unit);
  }
}
