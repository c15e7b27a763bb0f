package org.bitref.replay;

import java.util.function.DoubleUnaryOperator;
import org.bitref.numerics.Format;
import org.bitref.numerics.Rounding;

/**
 * A norm over the heads or rows of a token.
 *
 * @param eps added to the mean square
 * @param outside true to add it to the root instead
 * @param mode what is divided by
 */
record NormFunction(double eps, boolean outside, Mode mode) {
  /** What a norm makes of a row. */
  enum Mode {
    /** x over its root mean square. */
    RMS,
    /** x without its mean over its standard deviation. */
    CENTRED,
    /** x over the root of its sum of squares. */
    SUM,
    /** x over the root mean square of all heads of the token. */
    WHOLE
  }

  static NormFunction model(double eps) {
    return new NormFunction(eps, false, Mode.RMS);
  }

  /** Normalises rows of the weight's length and multiplies by the weight. */
  Rows of(Rows x, double[] weight) {
    int width = weight.length;
    if (x.width() % width != 0) {
      throw new NotReplayable("a norm's weight of " + x.width());
    }
    int span = mode == Mode.WHOLE ? x.width() : width;
    double[] out = new double[x.values().length];
    for (int from = 0; from < out.length; from += span) {
      double mean = mode == Mode.CENTRED ? mean(x.values(), from, span) : 0;
      double squares = 0;
      for (int i = from; i < from + span; i++) {
        double d = x.values()[i] - mean;
        squares += d * d;
      }
      double size = mode == Mode.SUM ? squares : squares / span;
      double divisor = outside ? Math.sqrt(size) + eps : Math.sqrt(size + eps);
      for (int i = from; i < from + span; i++) {
        out[i] = (x.values()[i] - mean) / divisor * weight[(i - from) % width];
      }
    }
    return new Rows(x.tokens(), x.width(), out);
  }

  /**
   * The model's norm with every step rounded to a format, but for the sum of squares: its
   * accumulator is wider everywhere.
   */
  static Rows stepwise(Rows x, double[] weight, double eps, Format format) {
    int width = weight.length;
    if (x.width() % width != 0) {
      throw new NotReplayable("a norm's weight of " + x.width());
    }
    DoubleUnaryOperator rounded = value -> format.round(value, Rounding.RNE);
    double[] out = new double[x.values().length];
    for (int from = 0; from < out.length; from += width) {
      double sum = 0;
      for (int i = from; i < from + width; i++) {
        sum += rounded.applyAsDouble(x.values()[i] * x.values()[i]);
      }
      double mean = rounded.applyAsDouble(rounded.applyAsDouble(sum / width) + eps);
      double root = rounded.applyAsDouble(1 / Math.sqrt(mean));
      for (int i = from; i < from + width; i++) {
        out[i] =
            rounded.applyAsDouble(rounded.applyAsDouble(x.values()[i] * root) * weight[i - from]);
      }
    }
    return new Rows(x.tokens(), x.width(), out);
  }

  private static double mean(double[] values, int from, int n) {
    double sum = 0;
    for (int i = from; i < from + n; i++) {
      sum += values[i];
    }
    return sum / n;
  }
}
