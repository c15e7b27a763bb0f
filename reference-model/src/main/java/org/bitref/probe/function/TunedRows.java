package org.bitref.probe.function;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;

/**
 * Rows whose sum is tuned so that one result lies as near to a tie of a 16-bit type as a float32
 * sum can tell, and a few others close to one: the least error of the sum then shows in the result.
 * Random rows show such an error in one of some thousand results.
 */
final class TunedRows {
  /** Elements that bring the sum to what is wanted, each what is left to some bits. */
  private static final int TUNERS = 18;

  /** Most results that come near a tie besides the tuned one. */
  private static final int BONUS = 12;

  /** Exponentials are below 1: what is left for the tuners is a few times that. */
  private static final double SLACK = 6;

  /** The columns of a norm whose results are tuned are multiples of this; their weight is 1. */
  static final int STRIDE = 4;

  /** A result this near to a tie is within some ULP of float32. */
  private static final double NEAR = 0x1p-20;

  private final Format format;
  private final int width;
  private final boolean norm;
  private final SplittableRandom random;

  TunedRows(Format format, int width, boolean norm, SplittableRandom random) {
    this.format = format;
    this.width = width;
    this.norm = norm;
    this.random = random;
  }

  /** The shortest row that has room for what is tuned. */
  static boolean fits(int width) {
    return width >= 4 * STRIDE * (BONUS + 1);
  }

  /** The next row. */
  double[] next() {
    double scale = norm ? Math.scalb(1.0, random.nextInt(-2, 3)) : random.nextDouble(0.5, 2.5);
    List<Double> core = new ArrayList<>();
    double sum = 0;
    for (int i = 0; i < width - 1 - BONUS - TUNERS; i++) {
      double x = i == 0 ? 0 : round(-Math.abs(random.nextGaussian()) * scale);
      core.add(x);
      sum += term(x);
    }
    double first = round(norm ? scale * (1 + random.nextDouble()) : -1.5 * random.nextDouble());
    double target = target(first, sum + term(first) + (norm ? 0.05 * sum : SLACK));
    sum += term(first);
    List<Double> tuned = new ArrayList<>(List.of(first));
    for (double x : near(target, scale)) {
      if (tuned.size() <= BONUS && sum + term(x) < target) {
        tuned.add(x);
        sum += term(x);
      }
    }
    while (core.size() + tuned.size() < width) {
      double x = filler(target - sum);
      core.add(x);
      sum += term(x);
    }
    return placed(core, tuned);
  }

  private double round(double x) {
    return format.round(x, Rounding.RZ);
  }

  private double term(double x) {
    return norm ? x * x : StrictMath.exp(x);
  }

  /** What the result is for a row of this sum. */
  private double result(double x, double sum) {
    return norm ? x / Math.sqrt(sum / width + FunctionSetup.EPS) : StrictMath.exp(x) / sum;
  }

  /** The sum, not below {@code least}, for which the result of x is a tie. */
  private double target(double x, double least) {
    double above = result(x, least);
    double lower = round(above);
    double tie = lower + format.ulp(lower) / 2;
    if (tie > above) {
      tie -= format.ulp(lower);
    }
    // A float32 result within half an ULP of a tie is the tie: each row asks a little aside of it.
    double near = tie * (1 + random.nextDouble(-1, 1) * Format.F32.unitRoundoff() * 2);
    double root = x / near;
    return norm ? width * (root * root - FunctionSetup.EPS) : StrictMath.exp(x) / near;
  }

  /** Elements whose results come near a tie as well, in random order. */
  private List<Double> near(double target, double scale) {
    List<Double> found = new ArrayList<>();
    double least = norm ? scale / 8 : Math.max(-9, StrictMath.log(target * 4 * minNormal()));
    for (double x = norm ? scale / 4 : round(-0.02);
        norm ? x >= least : x > least;
        x = round(norm ? x - format.ulp(x) / 2 : x - format.ulp(x))) {
      double y = result(x, target);
      double tie = round(y) + format.ulp(round(y)) / 2;
      if (Math.abs(y - tie) < NEAR * y) {
        found.add(random.nextInt(found.size() + 1), x);
      }
      if (norm && x <= format.minSubnormal()) {
        break;
      }
    }
    return found;
  }

  private double minNormal() {
    return Math.scalb(1.0, format.emin());
  }

  /** The largest element whose term is not above what is left. */
  private double filler(double left) {
    if (norm) {
      return round(Math.sqrt(Math.max(0, left)));
    }
    double x = left > 0 ? StrictMath.log(left) : -30;
    double rounded = round(Math.max(-30, Math.min(x, -0.01)));
    return rounded <= x ? rounded : Math.max(-30, rounded - format.ulp(rounded));
  }

  /** The elements at random places; those that are tuned where a norm's weight is 1. */
  private double[] placed(List<Double> core, List<Double> tuned) {
    double[] row = new double[width];
    boolean[] taken = new boolean[width];
    for (double x : tuned) {
      row[free(taken, STRIDE)] = signed(x);
    }
    for (double x : core) {
      row[free(taken, 1)] = signed(x);
    }
    return row;
  }

  private double signed(double x) {
    return norm && random.nextBoolean() ? -x : x;
  }

  private int free(boolean[] taken, int stride) {
    int at = random.nextInt((width + stride - 1) / stride) * stride;
    while (taken[at]) {
      at = at + stride < width ? at + stride : 0;
    }
    taken[at] = true;
    return at;
  }
}
