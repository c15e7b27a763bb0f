package org.bitref.cli.synth;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.bitref.kernel.Workers;
import org.bitref.numerics.BFloat16;

/**
 * BF16 values that depend on a seed and a name alone: 16 random bits choose one of 65,536 quantiles
 * of a distribution. Integer arithmetic and a fixed table, so every machine draws the same bits.
 */
final class WeightStream {
  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
  private static final int QUANTILES = 1 << 16;
  private static final int ROWS = 64;

  private static final double[] TAIL_NUMERATOR = {
    -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
    -2.549732539343734e+00, 4.374664141464968e+00, 2.938163982698783e+00
  };
  private static final double[] TAIL_DENOMINATOR = {
    7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1
  };
  private static final double[] CENTRE_NUMERATOR = {
    -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
    1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239e+00
  };
  private static final double[] CENTRE_DENOMINATOR = {
    -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
    6.680131188771972e+01, -1.328068155288572e+01, 1.0
  };

  private final long key;

  WeightStream(long seed, String name) {
    long mixed = mix(seed);
    for (int i = 0; i < name.length(); i++) {
      mixed = mix(mixed ^ name.charAt(i));
    }
    key = mixed;
  }

  /** The finalizer of SplitMix64 (S. Vigna, 2015; after MurmurHash3). */
  private static long mix(long z) {
    long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
    return b ^ (b >>> 31);
  }

  /** Uniform integer below {@code bound}, the {@code i}-th of this stream. */
  int below(int bound, long i) {
    return (int) Long.remainderUnsigned(mix(key + (i + 1) * GOLDEN_GAMMA), bound);
  }

  /**
   * Quantiles of a normal distribution as BF16 words; of a log-normal one if asked for.
   *
   * @param scale standard deviation; of the logarithm for a log-normal distribution with median 1
   */
  static short[] quantiles(double scale, boolean logarithmic) {
    short[] words = new short[QUANTILES];
    for (int i = 0; i < QUANTILES; i++) {
      double z = scale * normalQuantile((i + 0.5) / QUANTILES);
      words[i] = BFloat16.fromDouble(logarithmic ? StrictMath.exp(z) : z);
    }
    return words;
  }

  /**
   * Fills a matrix, row by row.
   *
   * @param tables the quantiles that each row draws from
   */
  void fill(MemorySegment target, int rows, int columns, short[][] tables, Workers workers) {
    workers.forEach(
        rows,
        ROWS,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            fillRow(target, (long) row * columns, columns, tables[row], row);
          }
        });
  }

  private void fillRow(MemorySegment target, long at, int columns, short[] table, int row) {
    long state = mix(key ^ row);
    int column = 0;
    for (; column + 4 <= columns; column += 4) {
      state += GOLDEN_GAMMA;
      target.set(WORD, 2 * (at + column), four(table, mix(state)));
    }
    if (column < columns) {
      long word = four(table, mix(state + GOLDEN_GAMMA));
      for (; column < columns; column++) {
        target.set(ValueLayout.JAVA_BYTE, 2 * (at + column), (byte) word);
        target.set(ValueLayout.JAVA_BYTE, 2 * (at + column) + 1, (byte) (word >>> 8));
        word >>>= 16;
      }
    }
  }

  private static long four(short[] table, long random) {
    long a = table[(int) (random & 0xFFFF)] & 0xFFFFL;
    long b = table[(int) (random >>> 16 & 0xFFFF)] & 0xFFFFL;
    long c = table[(int) (random >>> 32 & 0xFFFF)] & 0xFFFFL;
    long d = table[(int) (random >>> 48)] & 0xFFFFL;
    return a | b << 16 | c << 32 | d << 48;
  }

  /** To about 1e-9 relative (P. J. Acklam, 2003): far finer than BF16. */
  private static double normalQuantile(double p) {
    if (p > 0.5) {
      return -normalQuantile(1 - p);
    }
    if (p < 0.02425) {
      double q = StrictMath.sqrt(-2 * StrictMath.log(p));
      return polynomial(q, TAIL_NUMERATOR) / polynomial(q, TAIL_DENOMINATOR);
    }
    double q = p - 0.5;
    double r = q * q;
    return polynomial(r, CENTRE_NUMERATOR) * q / polynomial(r, CENTRE_DENOMINATOR);
  }

  /** Horner's rule; the coefficient of the highest power comes first. */
  private static double polynomial(double x, double[] coefficients) {
    double sum = 0;
    for (double coefficient : coefficients) {
      sum = sum * x + coefficient;
    }
    return sum;
  }
}
